import type { FrameReader, FrameWriter } from "../bytes.ts";
import { FrameType } from "./frame-type.ts";

/** A renewed token: the client resumes with it from now on (§6.15). */
export interface TokenFrame {
  readonly type: typeof FrameType.token;
  readonly token: string;
}

export function readToken(reader: FrameReader): TokenFrame {
  return { type: FrameType.token, token: reader.string() };
}

export function writeToken(writer: FrameWriter, token: string): void {
  writer.beginFrame(FrameType.token);
  writer.string(token);
  writer.endFrame();
}
