import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeWebSocketFrame } from "../../../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../../../../src/protocol/websocket/websocket-codec.ts";
import { WebSocketError } from "../../../../src/protocol/websocket/websocket-error.ts";
import { clientFrame, MASK, type RawFrame, rawFrame } from "../../../websocket-frames.ts";

const MAX_MESSAGE_BYTES = 1_000_000;

test("a server refuses a frame that is not masked, a client one that is", () => {
  const plain = encodeWebSocketFrame(OPCODE.text, "hi");
  const masked = encodeWebSocketFrame(OPCODE.text, "hi", MASK);
  assert.equal(push("client", plain).next()?.kind, "text");
  assert.equal(push("server", masked.slice()).next()?.kind, "text");
  assert.throws(() => push("server", plain).next(), { constructor: WebSocketError, closeCode: 1002 });
  assert.throws(() => push("client", masked).next(), { constructor: WebSocketError, closeCode: 1002 });
});

test("a client checks UTF-8 too", () => {
  assert.throws(() => push("client", rawFrame({ opcode: OPCODE.text, payload: Uint8Array.of(0xff) })).next(), {
    closeCode: 1007,
  });
});

for (const [name, frame] of [
  ["125 in 16 bits", { opcode: OPCODE.text, payload: "x".repeat(125), lengthBits: 16 }],
  ["65,535 in 64 bits", { opcode: OPCODE.text, payload: "x".repeat(65_535), lengthBits: 64 }],
  ["a length with its highest bit set", { opcode: OPCODE.text, announced: 2n ** 63n + 1n }],
] as const) {
  test(`${name} is refused`, () => {
    assert.throws(() => push("server", clientFrame(frame)).next(), { constructor: WebSocketError, closeCode: 1002 });
  });
}

test("an absurd length is too big, and nothing is allocated for it", () => {
  assert.throws(() => push("server", clientFrame({ opcode: OPCODE.text, announced: 2n ** 63n - 1n })).next(), {
    closeCode: 1009,
    closeName: "message-too-big",
    reason: `message longer than ${MAX_MESSAGE_BYTES} bytes`,
  });
});

test("a message that lies whole in its chunk is not copied", () => {
  const frame = clientFrame({ opcode: OPCODE.binary, payload: new Uint8Array(500).fill(7) });
  const unit = push("server", frame).next();
  assert.ok(unit?.kind === "binary");
  assert.equal(unit.data.buffer, frame.buffer);
  assert.deepEqual(unit.data, new Uint8Array(500).fill(7));
});

test("data is a plain Uint8Array, also of a Buffer", () => {
  const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
  codec.push(Buffer.from(clientFrame({ opcode: OPCODE.text, payload: "hi" })));
  const unit = codec.next();
  assert.ok(unit?.kind === "text");
  assert.equal(Object.getPrototypeOf(unit.data), Uint8Array.prototype);
});

test("what waits for more is a copy, so that the chunk it came in can go", () => {
  const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
  const frame = clientFrame({ opcode: OPCODE.ping, payload: "hello" });
  const chunk = frame.slice(0, 8);
  codec.push(chunk);
  assert.equal(codec.next(), undefined);
  chunk.fill(0);
  codec.push(frame.slice(8));
  const unit = codec.next();
  assert.ok(unit?.kind === "ping" && Buffer.from(unit.data).toString() === "hello");
});

test("memory follows what has arrived, not what was announced", () => {
  const whole = clientFrame({ opcode: OPCODE.binary, payload: new Uint8Array(MAX_MESSAGE_BYTES) });
  const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
  const before = process.memoryUsage().arrayBuffers;
  codec.push(whole.slice(0, 1_000));
  assert.equal(codec.next(), undefined);
  const used = process.memoryUsage().arrayBuffers - before;
  assert.ok(used < 20_000, `${used} bytes for 1,000`);
});

test("the end of input is no error between frames and after a close, and one elsewhere", () => {
  const cases: [RawFrame[], cutBytes: number, fault: boolean][] = [
    [[], 0, false],
    [[{ opcode: OPCODE.text, payload: "hi" }], 0, false],
    [[{ opcode: OPCODE.text, payload: "hi" }], 1, true],
    [[{ opcode: OPCODE.text, payload: "hi" }], 7, true],
    [[{ opcode: OPCODE.ping, payload: "hi" }], 1, true],
    [[{ opcode: OPCODE.text, payload: "hi", final: false }], 0, true],
    [[{ opcode: OPCODE.close }], 0, false],
    [[{ opcode: OPCODE.close }, { opcode: OPCODE.text, payload: "hi" }], 1, false],
  ];
  for (const [frames, cutBytes, fault] of cases) {
    const bytes = Buffer.concat(frames.map(clientFrame));
    const codec = push("server", Uint8Array.from(bytes.subarray(0, bytes.length - cutBytes)));
    while (codec.next() !== undefined);
    if (fault) assert.throws(() => codec.end(), WebSocketError);
    else codec.end();
  }
});

function push(role: "server" | "client", bytes: Uint8Array): WebSocketCodec {
  const codec = new WebSocketCodec({ role, maxMessageBytes: MAX_MESSAGE_BYTES });
  codec.push(bytes);
  return codec;
}
