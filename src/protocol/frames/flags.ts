import type { FrameReader } from "../bytes.ts";
import { ProtocolError } from "../protocol-error.ts";

/** Reads the flags that a frame begins with; throws when there is one that nobody knows. */
export function readFlags(reader: FrameReader, known: number): number {
  const flags = reader.byte();
  if (flags & ~known) throw new ProtocolError(`Unknown flag in ${flags}`, "§5.7");
  return flags;
}
