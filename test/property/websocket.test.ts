import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeWebSocketClose } from "../../src/protocol/websocket/close-frame.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../../src/protocol/websocket/websocket-codec.ts";
import { WebSocketError } from "../../src/protocol/websocket/websocket-error.ts";
import { cutAt, cuts } from "../chunking.ts";
import { rawFrame } from "../websocket-frames.ts";

const MAX_MESSAGE_BYTES = 2_000;

const mask = fc.integer({ min: 0, max: 0xffff_ffff });
const text = fc.string({ unit: "grapheme", maxLength: 300 });
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 130 }),
  fc.uint8Array({ maxLength: 600 }),
  text.map((it) => Uint8Array.from(Buffer.from(it))),
);
const control = fc.record({
  opcode: fc.constantFrom(OPCODE.ping, OPCODE.pong),
  payload: fc.uint8Array({ maxLength: 125 }),
});

interface Message {
  readonly opcode: typeof OPCODE.text | typeof OPCODE.binary;
  readonly payload: Uint8Array;
  /** Where it is cut into fragments. */
  readonly fractions: readonly number[];
  /** One for each gap between fragments. */
  readonly controls: readonly { opcode: number; payload: Uint8Array }[];
}

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ opcode: fc.constant(OPCODE.binary), payload, fractions: cuts, controls: fc.array(control) }),
  fc.record({
    opcode: fc.constant(OPCODE.text),
    payload: text.map((it) => Uint8Array.from(Buffer.from(it))),
    fractions: cuts,
    controls: fc.array(control),
  }),
);

test("messages in any fragments, with control frames between them, in any chunks, arrive whole", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), mask, fc.boolean(), cuts, (messages, bits, masked, fractions) => {
      const frames: Uint8Array[] = [];
      const expected: string[] = [];
      for (const one of messages) addFrames(one, masked ? bits : undefined, frames, expected);
      const { units, failed } = decode(masked ? "server" : "client", cutAt(Buffer.concat(frames), fractions));
      assert.deepEqual(units, expected);
      assert.equal(failed, undefined);
    }),
    { numRuns: 500 },
  );
});

test("any chunking of any bytes gives the same units and the same failure, never another error", () => {
  const frame = fc
    .record({
      opcode: fc.oneof(fc.constantFrom(0, 1, 1, 2, 8, 9, 10), fc.integer({ min: 0, max: 15 })),
      payload: fc.uint8Array({ maxLength: 150 }),
      final: fc.boolean(),
      reserved: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
      lengthBits: fc.constantFrom(16 as const, 64 as const, undefined),
      announced: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined, freq: 20 }),
    })
    .map(({ lengthBits, announced, ...rest }) => {
      const bits = announced !== undefined ? 64 : lengthBits;
      return rawFrame({ ...rest, mask: 7, ...(bits && { lengthBits: bits }), ...(announced && { announced }) });
    });
  const bytes = fc
    .array(fc.oneof({ weight: 5, arbitrary: frame }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) }))
    .map((parts) => Buffer.concat(parts));
  fc.assert(
    fc.property(bytes, cuts, fc.constantFrom("server" as const, "client" as const), (input, fractions, role) => {
      assert.deepEqual(decode(role, cutAt(input, fractions)), decode(role, [Uint8Array.from(input)]));
    }),
    { numRuns: 2_000 },
  );
});

test("input that ends within a message is an error, wherever that is", () => {
  fc.assert(
    fc.property(message, fc.nat(), (one, cut) => {
      const frames: Uint8Array[] = [];
      addFrames(one, 5, frames, []);
      const bytes = Buffer.concat(frames);
      const kept = cut % (bytes.length + 1);
      const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
      codec.push(Uint8Array.from(bytes.subarray(0, kept)));
      takeAll(codec);
      if (kept === 0 || kept === bytes.length) codec.end();
      else assert.throws(() => codec.end(), WebSocketError);
    }),
  );
});

test("a close frame read is the close frame written", () => {
  const code = fc.oneof(fc.integer({ min: 1000, max: 1003 }), fc.integer({ min: 3000, max: 4999 }));
  fc.assert(
    fc.property(code, text, (number, reason) => {
      const { units } = decode("client", [Uint8Array.from(encodeWebSocketClose(number, reason))]);
      const [, shown, ...kept] = (units[0] ?? "").split(" ");
      assert.equal(Number(shown), number);
      assert.ok(reason.startsWith(kept.join(" ")));
    }),
  );
});

function addFrames(one: Message, mask: number | undefined, frames: Uint8Array[], expected: string[]): void {
  const parts = cutAt(one.payload, one.fractions);
  parts.forEach((part, i) => {
    const final = i === parts.length - 1;
    frames.push(rawFrame({ opcode: i === 0 ? one.opcode : OPCODE.continuation, payload: part, final, mask }));
    const between = one.controls[i];
    if (final || between === undefined) return;
    frames.push(
      encodeWebSocketFrame(between.opcode === OPCODE.ping ? OPCODE.ping : OPCODE.pong, between.payload, mask),
    );
    expected.push(show(between.opcode === OPCODE.ping ? "ping" : "pong", between.payload));
  });
  expected.push(show(one.opcode === OPCODE.text ? "text" : "binary", one.payload));
}

function decode(role: "server" | "client", chunks: Uint8Array[]): { units: string[]; failed: number | undefined } {
  const codec = new WebSocketCodec({ role, maxMessageBytes: MAX_MESSAGE_BYTES });
  const units: string[] = [];
  try {
    for (const chunk of chunks) {
      codec.push(chunk);
      takeAll(codec, units);
    }
    return { units, failed: undefined };
  } catch (error) {
    assert.ok(error instanceof WebSocketError, `${error}`);
    return { units, failed: error.closeCode };
  }
}

function takeAll(codec: WebSocketCodec, units: string[] = []): string[] {
  for (let unit = codec.next(); unit !== undefined; unit = codec.next()) {
    units.push(unit.kind === "close" ? `close ${unit.code} ${unit.reason}` : show(unit.kind, unit.data));
  }
  return units;
}

function show(kind: string, data: Uint8Array): string {
  return `${kind} ${Buffer.from(data).toString("hex")}`;
}
