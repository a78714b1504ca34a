import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../../src/broker/broker.ts";
import { EntryFlag } from "../../../src/protocol/frames/entry.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { WebSocketCodec } from "../../../src/protocol/websocket/websocket-codec.ts";
import {
  EPHEMERAL_OFFSET,
  encodeFrames,
  encodeLines,
  encodeWebSocketMessages,
  wrapInWebSocket,
} from "../../../src/rooms/wire-forms.ts";
import { framesIn } from "../../frames.ts";

function entry(offset: number, payload: string | Uint8Array, text?: string): Entry {
  return {
    offset,
    previous: Math.max(0, offset - 2),
    at: 1_700_000_000_000,
    payload,
    byteLength: payload.length,
    text,
  };
}

const entries = [entry(3, "hello"), entry(5, Uint8Array.of(1, 2)), entry(EPHEMERAL_OFFSET, "typing")];

function unitsIn(bytes: Uint8Array): { kind: string; data: string }[] {
  const codec = new WebSocketCodec({ role: "client", maxMessageBytes: 1_000_000 });
  codec.push(new Uint8Array(bytes));
  const units: { kind: string; data: string }[] = [];
  for (let unit = codec.next(); unit !== undefined; unit = codec.next()) {
    if ("data" in unit) units.push({ kind: unit.kind, data: Buffer.from(unit.data).toString("latin1") });
  }
  return units;
}

test("entries become ENTRY frames; an ephemeral one has no place in the log", () => {
  const frames = framesIn(encodeFrames(9, entries)).map((frame) => {
    assert.ok(frame.type === FrameType.entry);
    return [
      frame.flags,
      frame.alias,
      frame.offset,
      frame.step,
      frame.at,
      Buffer.from(frame.payload).toString("latin1"),
    ];
  });
  const at = 1_700_000_000_000;
  assert.deepEqual(frames, [
    [EntryFlag.text, 9, 3, 2, at, "hello"],
    [0, 9, 5, 2, at, "\u0001\u0002"],
    [EntryFlag.text | EntryFlag.ephemeral, 9, 0, 0, at, "typing"],
  ]);
});

test("on WebSocket the same frames are one binary message", () => {
  const frames = encodeFrames(9, entries);
  const [unit, ...more] = unitsIn(wrapInWebSocket(frames));
  assert.deepEqual([unit, more], [{ kind: "binary", data: Buffer.from(frames).toString("latin1") }, []]);
});

test("bare WebSocket gets a message an entry, text or binary", () => {
  assert.deepEqual(unitsIn(encodeWebSocketMessages(entries)), [
    { kind: "text", data: "hello" },
    { kind: "binary", data: "\u0001\u0002" },
    { kind: "text", data: "typing" },
  ]);
});

test("a terminal is shown the plain-text alternative, else the text, else the length", () => {
  const shown = [entry(1, '{"text":"hi"}', "ann: hi"), entry(2, "just text"), entry(3, new Uint8Array(42))];
  assert.equal(Buffer.from(encodeLines(shown, "\r\n")).toString(), "ann: hi\r\njust text\r\n[42 bytes]\r\n");
  assert.equal(Buffer.from(encodeLines(shown.slice(0, 1), "")).toString(), "ann: hi");
});

test("nobody can write on another's terminal", () => {
  const nasty = [entry(1, "a\u001b[2Jb\nc\u202e"), entry(2, "x", "y\rz\u0007")];
  assert.equal(Buffer.from(encodeLines(nasty, "\n")).toString(), "a[2Jb c\ny z\n");
});

test("what was handed over is never written again", () => {
  const first = encodeFrames(1, [entry(1, "first")]);
  const copy = Uint8Array.from(first);
  encodeFrames(1, [entry(2, "second")]);
  encodeLines([entry(3, "third")], "\n");
  assert.deepEqual(first, copy);
});

test("what has an empty alternative is not shown on a terminal at all", () => {
  const shown = encodeLines([entry(1, "one"), entry(2, '{"type":"typing"}', ""), entry(3, "three")], "\n");
  assert.equal(Buffer.from(shown).toString(), "one\nthree\n");
});
