import type { FrameReader, FrameWriter } from "../bytes.ts";
import { choice } from "./choice.ts";
import { FrameType } from "./frame-type.ts";

const ORIGINS: readonly OpenedFrame["origin"][] = ["new", "resumed", "revived"];

/** The server answers an OPEN (§6.2); the client's next frame adopts the session. */
export interface OpenedFrame {
  readonly type: typeof FrameType.opened;
  readonly origin: "new" | "resumed" | "revived";
  readonly sessionId: string;
  readonly token: string;
  /** On stream 0: the highest of the client's numbers that the server received. */
  readonly received: number;
  /** On stream 0: the highest number that the server sent. */
  readonly sent: number;
  /** CRC-32 of the payloads 1 to `received`; it starts again when revived. */
  readonly checksum: number;
  readonly heartbeatMs: number;
  readonly resumeWindowMs: number;
  readonly maxMessageBytes: number;
  readonly windowMessages: number;
  readonly windowBytes: number;
  /** How long the credential is good for; 0: for ever. */
  readonly expiresInMs: number;
}

export function readOpened(reader: FrameReader): OpenedFrame {
  reader.varint(); // capabilities: none is defined yet, and what is not known is ignored
  return {
    type: FrameType.opened,
    origin: choice(ORIGINS, reader.byte() - 1, "§6.2"),
    sessionId: reader.string(),
    token: reader.string(),
    received: reader.varint(),
    sent: reader.varint(),
    checksum: readChecksum(reader),
    heartbeatMs: reader.varint(),
    resumeWindowMs: reader.varint(),
    maxMessageBytes: reader.varint(),
    windowMessages: reader.varint(),
    windowBytes: reader.varint(),
    expiresInMs: reader.varint(),
  };
}

export function writeOpened(writer: FrameWriter, frame: Omit<OpenedFrame, "type">): void {
  writer.beginFrame(FrameType.opened, 128);
  writer.varint(0);
  writer.byte(ORIGINS.indexOf(frame.origin) + 1);
  writer.string(frame.sessionId);
  writer.string(frame.token);
  writer.varint(frame.received);
  writer.varint(frame.sent);
  for (const shift of [24, 16, 8, 0]) writer.byte((frame.checksum >>> shift) & 0xff);
  writer.varint(frame.heartbeatMs);
  writer.varint(frame.resumeWindowMs);
  writer.varint(frame.maxMessageBytes);
  writer.varint(frame.windowMessages);
  writer.varint(frame.windowBytes);
  writer.varint(frame.expiresInMs);
  writer.endFrame();
}

function readChecksum(reader: FrameReader): number {
  let checksum = 0;
  for (const byte of reader.bytes(4)) checksum = (checksum << 8) | byte;
  return checksum >>> 0;
}
