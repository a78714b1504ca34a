import type { FrameReader, FrameWriter } from "../bytes.ts";
import { FrameType } from "./frame-type.ts";

/** The session no longer follows a room (§6.7). */
export interface LeftFrame {
  readonly type: typeof FrameType.left;
  readonly name: string;
}

export function readLeft(reader: FrameReader): LeftFrame {
  return { type: FrameType.left, name: reader.string() };
}

export function writeLeft(writer: FrameWriter, name: string): void {
  writer.beginFrame(FrameType.left);
  writer.string(name);
  writer.endFrame();
}
