import type { FrameReader, FrameWriter } from "../bytes.ts";
import { FrameType } from "./frame-type.ts";

/** Everything up to `number` on a stream has been processed (§6.5). */
export interface AckFrame {
  readonly type: typeof FrameType.ack;
  /** 0: stream 0; otherwise a room's alias. */
  readonly alias: number;
  readonly number: number;
}

export function readAck(reader: FrameReader): AckFrame {
  return { type: FrameType.ack, alias: reader.varint(), number: reader.varint() };
}

export function writeAck(writer: FrameWriter, alias: number, number: number): void {
  writer.beginFrame(FrameType.ack);
  writer.varint(alias);
  writer.varint(number);
  writer.endFrame();
}
