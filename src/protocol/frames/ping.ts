import type { FieldWriter, FrameReader } from "../bytes.ts";
import { ProtocolError } from "../protocol-error.ts";
import { FrameType } from "./frame-type.ts";

/** Asks whether the peer is there (§6.9). */
export interface PingFrame {
  readonly type: typeof FrameType.ping;
  /** At most 8 bytes, which the PONG brings back. */
  readonly data: Uint8Array;
}

/** The answer to a PING, with its data (§6.10). */
export interface PongFrame {
  readonly type: typeof FrameType.pong;
  readonly data: Uint8Array;
}

const MAX_DATA_BYTES = 8;

export function readPing(reader: FrameReader): PingFrame {
  return { type: FrameType.ping, data: readData(reader, "§6.9") };
}

export function readPong(reader: FrameReader): PongFrame {
  return { type: FrameType.pong, data: readData(reader, "§6.10") };
}

export function writePing(writer: FieldWriter, data: Uint8Array): void {
  writer.frame(FrameType.ping, [data]);
}

export function writePong(writer: FieldWriter, data: Uint8Array): void {
  writer.frame(FrameType.pong, [data]);
}

function readData(reader: FrameReader, clause: string): Uint8Array {
  if (reader.remaining > MAX_DATA_BYTES) throw new ProtocolError("PING or PONG with more than 8 bytes", clause);
  return reader.rest();
}
