import type { Entry } from "../broker/broker.ts";
import type { ArchivedEntry } from "../broker/sqlite/archive.ts";
import { sizeError } from "../runtime/message.ts";

/** An entry as a line of JSON: bytes are base64, under a name of their own. */
export function formatEntry(room: string, { offset, at, payload, text }: Entry): string {
  const content = typeof payload === "string" ? { payload } : { base64: Buffer.from(payload).toString("base64") };
  return `${JSON.stringify({ room, offset, at, ...content, text })}\n`;
}

/**
 * What `formatEntry` wrote, or somebody else; the offset is not read. Throws `SyntaxError`, and `RangeError` for what is
 * larger than a message may be; their messages say why.
 */
export function parseEntry(line: string, maxMessageBytes: number): ArchivedEntry {
  const entry = parseContent(line);
  for (const part of [entry.payload, entry.text ?? ""]) {
    const error = sizeError(part, maxMessageBytes);
    if (error !== undefined) throw error;
  }
  return entry;
}

function parseContent(line: string): ArchivedEntry {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== "object" || parsed === null) throw new SyntaxError("it is no object");
  const { room, at, payload, base64, text } = parsed as Record<string, unknown>;
  if (typeof room !== "string" || room === "") throw new SyntaxError("`room` has to be the name of a room");
  if (typeof at !== "number" || !Number.isSafeInteger(at)) {
    throw new SyntaxError("`at` has to be the time, in milliseconds since 1970");
  }
  if (text !== undefined && typeof text !== "string") throw new SyntaxError("`text` has to be text");
  if (typeof payload === "string" && base64 === undefined) return { room, at, payload, text };
  if (typeof base64 === "string" && payload === undefined) {
    const bytes = Buffer.from(base64, "base64");
    // It leaves out what it does not know.
    if (bytes.toString("base64") !== base64) throw new SyntaxError("`base64` is not in base64");
    return { room, at, payload: new Uint8Array(bytes), text };
  }
  throw new SyntaxError("it has to have either `payload`, as text, or `base64`");
}
