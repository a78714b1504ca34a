import type { Entry } from "../broker/broker.ts";
import type { ArchivedEntry } from "../broker/sqlite/archive.ts";

/** An entry as a line of JSON: bytes are base64, under a name of their own. */
export function formatEntry(room: string, { offset, at, payload, text }: Entry): string {
  const content = typeof payload === "string" ? { payload } : { base64: Buffer.from(payload).toString("base64") };
  return `${JSON.stringify({ room, offset, at, ...content, text })}\n`;
}

/** What `formatEntry` wrote, or somebody else; the offset is not read. Throws `SyntaxError`, whose message says why. */
export function parseEntry(line: string): ArchivedEntry {
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
    return { room, at, payload: new Uint8Array(Buffer.from(base64, "base64")), text };
  }
  throw new SyntaxError("it has to have either `payload`, as text, or `base64`");
}
