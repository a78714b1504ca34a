import type { FrameReader, FrameWriter } from "../bytes.ts";
import { FrameType } from "./frame-type.ts";

/** The session follows a room from here on (§6.6). */
export interface JoinedFrame {
  readonly type: typeof FrameType.joined;
  /** Names the room in ENTRY, ACK and GAP on this connection. */
  readonly alias: number;
  readonly name: string;
  /** Which log the offsets belong to: another epoch is another log. */
  readonly epoch: number;
  /** Entries above it follow. */
  readonly cursor: number;
  /** The highest offset in the log now. */
  readonly head: number;
  readonly ticket: string;
}

export function readJoined(reader: FrameReader): JoinedFrame {
  return {
    type: FrameType.joined,
    alias: reader.varint(),
    name: reader.string(),
    epoch: reader.varint(),
    cursor: reader.varint(),
    head: reader.varint(),
    ticket: reader.string(),
  };
}

export function writeJoined(writer: FrameWriter, frame: Omit<JoinedFrame, "type">): void {
  writer.beginFrame(FrameType.joined);
  writer.varint(frame.alias);
  writer.string(frame.name);
  writer.varint(frame.epoch);
  writer.varint(frame.cursor);
  writer.varint(frame.head);
  writer.string(frame.ticket);
  writer.endFrame();
}
