import type { FieldWriter, FrameReader } from "../bytes.ts";
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

export function readOpen(reader: FrameReader): OpenFrame {
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

/** Writes an OPEN, with its instance as bytes. */
export function writeOpen(
  writer: FieldWriter,
  frame: Omit<OpenFrame, "type" | "instance"> & { readonly instance: Uint8Array },
): void {
  const { rooms } = frame;
  writer.frame(FrameType.open, [
    0,
    frame.sessionId,
    frame.token,
    frame.instance,
    frame.attempt,
    frame.received,
    frame.acked,
    frame.sent,
    frame.windowMessages,
    frame.windowBytes,
    rooms.length,
    ...rooms.flatMap(({ name, epoch, cursor, ticket }) => [name, epoch, cursor, ticket]),
    frame.credential,
  ]);
}

function readInstance(reader: FrameReader): string {
  let instance = "";
  for (const byte of reader.bytes(INSTANCE_BYTES)) instance += byte.toString(16).padStart(2, "0");
  return instance;
}

/** The announced count is not trusted with memory: the list grows as rooms are read. */
function readRooms(reader: FrameReader): OpenRoom[] {
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
