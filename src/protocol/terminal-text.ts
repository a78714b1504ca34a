import type { LineEnding } from "./lines.ts";
import { encodeUtf8Into, utf8Length } from "./text.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose.
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const LAST_LINE_BREAKS = /[\r\n\u0085\u2028\u2029]+$/;
const LINE_BREAKS = /[\r\n\u0085\u2028\u2029]+/g;
const ALL_UNSAFE = new RegExp(UNSAFE, "g");

/**
 * Makes a message's text safe to show on a plain terminal (`docs/protocol.md` §3.7).
 *
 * Control characters (C0 but tab, DEL, C1) and bidirectional overrides and isolates are removed: with them one user
 * can rewrite another's screen. Line breaks inside become one space, those at the end go: a message is one line, so
 * that nobody can write a line that looks like someone else's. The left-to-right and right-to-left marks (U+200E,
 * U+200F, U+061C) stay: people who write Hebrew or Arabic type them, and they reorder nothing beyond their neighbors.
 *
 * Clean text comes back as the same string.
 */
export function sanitizeForTerminal(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text.replace(LAST_LINE_BREAKS, "").replace(LINE_BREAKS, " ").replace(ALL_UNSAFE, "");
}

/** The bytes of one plain line: `text` in UTF-8, then the ending. */
export function encodeLine(text: string, ending: LineEnding): Uint8Array {
  const length = utf8Length(text);
  const line = new Uint8Array(length + ending.length);
  encodeUtf8Into(text, line, 0);
  encodeUtf8Into(ending, line, length);
  return line;
}
