import type { Entry } from "../broker/broker.ts";
import { ByteWriter } from "../protocol/bytes.ts";
import { EntryFlag, writeEntry } from "../protocol/frames/entry.ts";
import type { LineEnding } from "../protocol/lines.ts";
import { sanitizeForTerminal } from "../protocol/terminal-text.ts";
import { writeWebSocketFrame, writeWebSocketHeader } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";

/** An entry that is not logged has this offset. */
export const EPHEMERAL_OFFSET = 0;

/** Encoding happens in one go, so that one writer serves all; what it hands over it never touches again. */
const writer = new ByteWriter();

/** Entries as ENTRY frames. */
export function encodeFrames(alias: number, entries: readonly Entry[]): Uint8Array {
  for (const { offset, previous, at, payload } of entries) {
    const text = typeof payload === "string" ? EntryFlag.text : 0;
    const ephemeral = offset === EPHEMERAL_OFFSET ? EntryFlag.ephemeral : 0;
    writeEntry(writer, text | ephemeral, alias, offset, offset - previous, at, payload);
  }
  return writer.take();
}

/** Frames as one binary WebSocket message. */
export function wrapInWebSocket(frames: Uint8Array): Uint8Array {
  writeWebSocketHeader(writer, OPCODE.binary, frames.length);
  writer.bytes(frames);
  return writer.take();
}

/** Entries as bare WebSocket messages, text or binary. */
export function encodeWebSocketMessages(entries: readonly Entry[]): Uint8Array {
  for (const { payload } of entries) {
    writeWebSocketFrame(writer, typeof payload === "string" ? OPCODE.text : OPCODE.binary, payload);
  }
  return writer.take();
}

/** Entries as a plain terminal shows them: their plain-text alternative (an empty one: not), else their text, or length. */
export function encodeLines(entries: readonly Entry[], ending: LineEnding): Uint8Array {
  for (const { payload, text, byteLength } of entries) {
    if (text === "") continue;
    const shown = text ?? (typeof payload === "string" ? payload : `[${byteLength} bytes]`);
    writer.payload(sanitizeForTerminal(shown));
    writer.payload(ending);
  }
  return writer.take();
}
