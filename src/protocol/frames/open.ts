import type { ByteReader, FrameWriter } from "../bytes.ts";
import { FrameType } from "./frame-type.ts";

/** A room that the client follows, and how far it has come. */
interface OpenRoom {
  readonly name: string;
  readonly epoch: number;
  readonly cursor: number;
  readonly ticket: string;
}

/** The client proposes a session, new or to be resumed (§6.1). */
export interface OpenFrame {
  readonly type: typeof FrameType.open;
  /** Empty: a new session. */
  readonly sessionId: string;
  readonly token: string;
  /** 8 bytes as 16 lower-case hexadecimal digits. */
  readonly instance: string;
  readonly attempt: number;
  /** On stream 0: the highest number received. */
  readonly received: number;
  /** On stream 0: the highest of the client's own numbers that the server acknowledged. */
  readonly acked: number;
  /** On stream 0: the highest of the client's own numbers that it sent. */
  readonly sent: number;
  readonly windowMessages: number;
  readonly windowBytes: number;
  readonly rooms: readonly OpenRoom[];
  readonly credential: Uint8Array;
}

const INSTANCE_BYTES = 8;

export function readOpen(reader: ByteReader): OpenFrame {
  reader.varint(); // capabilities: none is defined yet, and what is not known is ignored
  return {
    type: FrameType.open,
    sessionId: reader.string(),
    token: reader.string(),
    instance: readInstance(reader),
    attempt: reader.varint(),
    received: reader.varint(),
    acked: reader.varint(),
    sent: reader.varint(),
    windowMessages: reader.varint(),
    windowBytes: reader.varint(),
    rooms: readRooms(reader),
    // A copy: a credential outlives the chunk of input that it came in.
    credential: reader.rest().slice(),
  };
}

export function writeOpen(writer: FrameWriter, frame: Omit<OpenFrame, "type">): void {
  writer.beginFrame(FrameType.open);
  writer.varint(0);
  writer.string(frame.sessionId);
  writer.string(frame.token);
  for (let index = 0; index < INSTANCE_BYTES; index++) {
    writer.byte(Number.parseInt(frame.instance.slice(2 * index, 2 * index + 2), 16));
  }
  writer.varint(frame.attempt);
  writer.varint(frame.received);
  writer.varint(frame.acked);
  writer.varint(frame.sent);
  writer.varint(frame.windowMessages);
  writer.varint(frame.windowBytes);
  writer.varint(frame.rooms.length);
  for (const room of frame.rooms) {
    writer.string(room.name);
    writer.varint(room.epoch);
    writer.varint(room.cursor);
    writer.string(room.ticket);
  }
  writer.bytes(frame.credential);
  writer.endFrame();
}

function readInstance(reader: ByteReader): string {
  let instance = "";
  for (const byte of reader.bytes(INSTANCE_BYTES)) instance += byte.toString(16).padStart(2, "0");
  return instance;
}

/** The announced count is not trusted with memory: the list grows as rooms are read. */
function readRooms(reader: ByteReader): OpenRoom[] {
  const rooms: OpenRoom[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    rooms.push({
      name: reader.string(),
      epoch: reader.varint(),
      cursor: reader.varint(),
      ticket: reader.string(),
    });
  }
  return rooms;
}
