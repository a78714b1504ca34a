import type { Readable } from "node:stream";

/**
 * The lines of a text that is read as it is asked for. A line feed ends one, with or without a carriage return before it, and
 * nothing else does: `readline` also takes U+2028 for an end, which is a character like others inside a message.
 *
 * A stream that is destroyed meanwhile is at its end.
 */
export async function* linesOf(input: Readable): AsyncGenerator<string, void> {
  input.setEncoding("utf8");
  let rest = "";
  try {
    for await (const piece of input) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    return;
  }
  if (rest !== "") yield rest;
}
