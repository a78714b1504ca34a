// What the Autobahn test suite asks of a WebSocket server, as far as the codec decides it. The numbers are Autobahn's.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocketCodec } from "../../src/protocol/websocket/websocket-codec.ts";
import { WebSocketError } from "../../src/protocol/websocket/websocket-error.ts";
import { cutEverywhere } from "../chunking.ts";
import { clientFrame, type RawFrame } from "../websocket-frames.ts";

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** What a codec made of the bytes: `text hello`, `ping ab`, `close 1000 bye`, and at the last `fail 1002`. */
type Outcome = string[];

function receive(chunks: Iterable<Uint8Array>): Outcome {
  const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
  const outcome: Outcome = [];
  try {
    for (const chunk of chunks) {
      codec.push(chunk);
      for (let unit = codec.next(); unit !== undefined; unit = codec.next()) {
        if (unit.kind === "close") outcome.push(`close ${unit.code} ${unit.reason}`.trim());
        else outcome.push(`${unit.kind} ${Buffer.from(unit.data).toString("latin1")}`.trim());
      }
    }
  } catch (error) {
    assert.ok(error instanceof WebSocketError);
    outcome.push(`fail ${error.closeCode}`);
  }
  return outcome;
}

/** Sends the frames frame by frame, all in one chunk, and byte by byte; expects the same each time. */
function expectOutcome(name: string, frames: RawFrame[], expected: Outcome): void {
  test(name, () => {
    const parts = () => frames.map(clientFrame);
    assert.deepEqual(receive(parts()), expected, "frame by frame");
    assert.deepEqual(receive([Uint8Array.from(Buffer.concat(parts()))]), expected, "in one chunk");
    assert.deepEqual(receive(cutEverywhere(Buffer.concat(parts()))), expected, "byte by byte");
  });
}

describe("1: framing", () => {
  for (const size of [0, 125, 126, 127, 128, 65_535, 65_536]) {
    expectOutcome(
      `text of ${size} bytes`,
      [{ opcode: TEXT, payload: "*".repeat(size) }],
      [`text ${"*".repeat(size)}`.trim()],
    );
    expectOutcome(
      `binary of ${size} bytes`,
      [{ opcode: BINARY, payload: new Uint8Array(size).fill(0xfe) }],
      [`binary ${"\xfe".repeat(size)}`.trim()],
    );
  }

  test("text of 65,536 bytes in chops of 997", () => {
    const frame = clientFrame({ opcode: TEXT, payload: "*".repeat(65_536) });
    assert.deepEqual(receive(chop(frame, 997)), [`text ${"*".repeat(65_536)}`]);
  });
});

describe("2: pings and pongs", () => {
  expectOutcome("a ping without payload", [{ opcode: PING }], ["ping"]);
  expectOutcome("a ping with text", [{ opcode: PING, payload: "Hello" }], ["ping Hello"]);
  expectOutcome(
    "a ping with bytes that are not UTF-8",
    [{ opcode: PING, payload: Uint8Array.of(0, 255, 254, 253, 0) }],
    ["ping \0\xff\xfe\xfd\0"],
  );
  expectOutcome("a ping of 125 bytes", [{ opcode: PING, payload: "x".repeat(125) }], [`ping ${"x".repeat(125)}`]);
  expectOutcome("a ping of 126 bytes", [{ opcode: PING, payload: "x".repeat(126) }], ["fail 1002"]);
  expectOutcome("a pong that nobody asked for", [{ opcode: PONG, payload: "x" }, { opcode: PING }], ["pong x", "ping"]);
  expectOutcome(
    "ten pings",
    Array.from({ length: 10 }, (_, i) => ({ opcode: PING, payload: `${i}` })),
    Array.from({ length: 10 }, (_, i) => `ping ${i}`),
  );
});

describe("3: reserved bits", () => {
  const hello = { opcode: TEXT, payload: "Hello" };
  for (const reserved of [1, 2, 3, 4, 5, 6, 7]) {
    expectOutcome(
      `RSV ${reserved} in a text, after one that is fine`,
      [hello, { ...hello, reserved }, { opcode: PING }],
      ["text Hello", "fail 1002"],
    );
    expectOutcome(`RSV ${reserved} in a binary`, [{ opcode: BINARY, payload: "x", reserved }], ["fail 1002"]);
    expectOutcome(`RSV ${reserved} in a ping`, [{ opcode: PING, payload: "x", reserved }], ["fail 1002"]);
    expectOutcome(`RSV ${reserved} in a close`, [{ opcode: CLOSE, reserved }], ["fail 1002"]);
  }
});

describe("4: opcodes", () => {
  for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    expectOutcome(`reserved opcode ${opcode}`, [{ opcode }, { opcode: PING }], ["fail 1002"]);
    expectOutcome(
      `reserved opcode ${opcode} with a payload, after a text`,
      [{ opcode: TEXT, payload: "Hello" }, { opcode, payload: "x" }, { opcode: PING }],
      ["text Hello", "fail 1002"],
    );
  }
});

describe("5: fragmentation", () => {
  const first = { opcode: TEXT, payload: "frag1", final: false };
  const middle = { opcode: CONTINUATION, payload: "frag2", final: false };
  const last = { opcode: CONTINUATION, payload: "frag3" };
  const ping = { opcode: PING, payload: "?" };

  expectOutcome("a ping in two frames", [{ ...ping, final: false }, last], ["fail 1002"]);
  expectOutcome("a pong in two frames", [{ opcode: PONG, payload: "?", final: false }, last], ["fail 1002"]);
  expectOutcome("a text in two frames", [first, last], ["text frag1frag3"]);
  expectOutcome("a binary in two frames", [{ ...first, opcode: BINARY }, last], ["binary frag1frag3"]);
  expectOutcome("a ping between fragments", [first, ping, last], ["ping ?", "text frag1frag3"]);
  expectOutcome("a close between fragments", [first, { opcode: CLOSE }, last], ["close 1005"]);
  for (const final of [true, false]) {
    const name = final ? "last" : "not last";
    expectOutcome(`a continuation of nothing, ${name}`, [{ ...last, final }, ping], ["fail 1002"]);
    expectOutcome(
      `a continuation after the message's last frame, ${name}`,
      [first, last, { ...last, final }],
      ["text frag1frag3", "fail 1002"],
    );
  }
  expectOutcome("a text within a fragmented one", [first, { opcode: TEXT, payload: "x" }], ["fail 1002"]);
  expectOutcome("a binary within a fragmented text", [first, { opcode: BINARY, payload: "x" }], ["fail 1002"]);
  expectOutcome(
    "two pings between five fragments",
    [first, middle, ping, middle, middle, ping, last],
    ["ping ?", "ping ?", "text frag1frag2frag2frag2frag3"],
  );
  expectOutcome(
    "a fragmented message after a fragmented message",
    [first, last, { ...first, opcode: BINARY }, last],
    ["text frag1frag3", "binary frag1frag3"],
  );
});

describe("6: UTF-8", () => {
  const kosme = Buffer.from("κόσμε");
  const empty = { opcode: CONTINUATION, final: false };

  expectOutcome("three empty fragments", [{ opcode: TEXT, final: false }, empty, { opcode: CONTINUATION }], ["text"]);
  expectOutcome(
    "a text between empty fragments",
    [{ opcode: TEXT, final: false }, { ...empty, payload: "x" }, { opcode: CONTINUATION }],
    ["text x"],
  );
  expectOutcome("a text in one frame", [{ opcode: TEXT, payload: kosme }], [`text ${kosme.toString("latin1")}`]);
  expectOutcome(
    "a text with a frame for every byte",
    Array.from(kosme, (byte, i) => ({
      opcode: i === 0 ? TEXT : CONTINUATION,
      payload: Uint8Array.of(byte),
      final: i === kosme.length - 1,
    })),
    [`text ${kosme.toString("latin1")}`],
  );

  for (const [name, wrong] of [
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
  ] as const) {
    test(`${name} fails at its second byte, in a frame and in fragments`, () => {
      const payload = Buffer.concat([kosme, Uint8Array.from(wrong), Buffer.from("edited")]);
      const header = clientFrame({ opcode: TEXT, payload }).length - payload.length;
      const bytes = clientFrame({ opcode: TEXT, payload });
      const faulty = header + kosme.length + 2;
      assert.deepEqual(receive([bytes.slice(0, faulty - 1)]), []);
      assert.deepEqual(receive([clientFrame({ opcode: TEXT, payload }).slice(0, faulty)]), ["fail 1007"]);

      const start = clientFrame({ opcode: TEXT, payload: kosme, final: false });
      const middle = clientFrame({ opcode: CONTINUATION, payload: Uint8Array.from(wrong), final: false });
      assert.deepEqual(receive([start.slice()]), []);
      assert.deepEqual(receive([start, middle]), ["fail 1007"]);
    });
  }

  const sequences: [name: string, hex: string, valid: boolean][] = [
    ["the first of one byte", "00", true],
    ["the first of two bytes", "c280", true],
    ["the first of three bytes", "e0a080", true],
    ["the first of four bytes", "f0908080", true],
    ["five bytes", "f888808080", false],
    ["six bytes", "fc8480808080", false],
    ["the last of one byte", "7f", true],
    ["the last of two bytes", "dfbf", true],
    ["the last of three bytes", "efbfbf", true],
    ["the last of four bytes", "f48fbfbf", true],
    ["beyond the last of four bytes", "f7bfbfbf", false],
    ["before the surrogates", "ed9fbf", true],
    ["after the surrogates", "ee8080", true],
    ["the replacement character", "efbfbd", true],
    ["beyond the last code point", "f4908080", false],
    ["a continuation byte", "80", false],
    ["another continuation byte", "bf", false],
    ["six continuation bytes", "80bf80bf80bf", false],
    ["a lonely start of two", "c020", false],
    ["a lonely start of three", "e020", false],
    ["a lonely start of four", "f020", false],
    ["two bytes, the last missing", "df", false],
    ["three bytes, the last missing", "efbf", false],
    ["four bytes, the last missing", "f48fbf", false],
    ["the impossible byte fe", "fe", false],
    ["the impossible byte ff", "ff", false],
    ["an overlong slash in two", "c0af", false],
    ["an overlong slash in three", "e080af", false],
    ["an overlong slash in four", "f08080af", false],
    ["the longest overlong of two", "c1bf", false],
    ["the longest overlong of three", "e09fbf", false],
    ["the longest overlong of four", "f08fbfbf", false],
    ["an overlong NUL", "c080", false],
    ["the first high surrogate", "eda080", false],
    ["the last low surrogate", "edbfbf", false],
    ["a pair of surrogates", "eda080edb080", false],
    ["a code point that is no character", "efbfbe", true],
    ["one of the last plane", "f48fbfbe", true],
  ];
  for (const [name, hex, valid] of sequences) {
    for (const before of ["", "x".repeat(200)]) {
      const payload = Buffer.concat([Buffer.from(before), Buffer.from(hex, "hex")]);
      expectOutcome(
        `${name}, after ${before.length} other bytes`,
        [{ opcode: TEXT, payload }],
        [valid ? `text ${payload.toString("latin1")}`.trim() : "fail 1007"],
      );
    }
  }

  expectOutcome(
    "a text that begins within a character, after a text that is whole",
    [
      { opcode: TEXT, payload: "a" },
      { opcode: TEXT, payload: Uint8Array.of(0xa9) },
    ],
    ["text a", "fail 1007"],
  );
  expectOutcome("a binary that is not UTF-8", [{ opcode: BINARY, payload: Uint8Array.of(0xff) }], ["binary \xff"]);
});

describe("7: close", () => {
  const close = (...bytes: number[]): RawFrame => ({ opcode: CLOSE, payload: Uint8Array.from(bytes) });
  const coded = (code: number, reason = ""): RawFrame => ({
    opcode: CLOSE,
    payload: Buffer.concat([Uint8Array.of(code >> 8, code), Buffer.from(reason)]),
  });

  for (const [name, frame] of [
    ["a text", { opcode: TEXT, payload: "x" }],
    ["a ping", { opcode: PING }],
    ["another close", coded(1000)],
    ["garbage", { opcode: 5, reserved: 7 }],
  ] as const) {
    expectOutcome(`${name} after a close is ignored`, [coded(1000), frame], ["close 1000"]);
  }
  expectOutcome("a close without payload", [close()], ["close 1005"]);
  expectOutcome("a close with half a code", [close(3)], ["fail 1002"]);
  expectOutcome("a close with a reason", [coded(1000, "bye")], ["close 1000 bye"]);
  expectOutcome("a close with the longest reason", [coded(1000, "x".repeat(123))], [`close 1000 ${"x".repeat(123)}`]);
  expectOutcome("a close with a longer reason", [coded(1000, "x".repeat(124))], ["fail 1002"]);
  expectOutcome("a close whose reason is not UTF-8", [close(3, 0xe8, 0xce, 0xba, 0xed, 0xa0)], ["fail 1007"]);
  expectOutcome("a close whose reason ends within a character", [close(3, 0xe8, 0xce)], ["fail 1007"]);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4000, 4999]) {
    expectOutcome(`close code ${code}`, [coded(code)], [`close ${code}`]);
  }
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]) {
    expectOutcome(`close code ${code}`, [coded(code)], ["fail 1002"]);
  }
});

describe("9 and 10: limits", () => {
  const longest = Buffer.alloc(MAX_MESSAGE_BYTES, "*");

  for (const fragmentBytes of [1_024, 65_536, MAX_MESSAGE_BYTES]) {
    for (const chopBytes of [4_096, 65_536]) {
      test(`16 MiB of text in frames of ${fragmentBytes} and chops of ${chopBytes} bytes`, () => {
        const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
        let received: Uint8Array | undefined;
        for (const chunk of chop(fragment(TEXT, longest, fragmentBytes), chopBytes)) {
          codec.push(chunk);
          const unit = codec.next();
          if (unit?.kind === "text") received = unit.data;
        }
        assert.ok(received !== undefined && longest.equals(received));
      });
    }
  }

  test("64 KiB in frames of 1,300 bytes", () => {
    const bytes = fragment(TEXT, longest.subarray(0, 65_536), 1_300);
    assert.deepEqual(receive([bytes]), [`text ${"*".repeat(65_536)}`]);
  });

  test("a message above the limit fails when it is announced", () => {
    const bytes = clientFrame({ opcode: BINARY, announced: BigInt(MAX_MESSAGE_BYTES + 1) });
    assert.deepEqual(receive([bytes.slice()]), ["fail 1009"]);
    assert.deepEqual(receive(cutEverywhere(bytes)), ["fail 1009"]);
  });

  test("fragments that together are above the limit fail when the last of them is announced", () => {
    const first = clientFrame({ opcode: BINARY, payload: "x", final: false });
    const rest = clientFrame({ opcode: CONTINUATION, announced: BigInt(MAX_MESSAGE_BYTES) });
    assert.deepEqual(receive([first, rest]), ["fail 1009"]);
  });
});

function fragment(opcode: number, payload: Uint8Array, fragmentBytes: number): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let start = 0; start < payload.length; start += fragmentBytes) {
    const part = payload.subarray(start, start + fragmentBytes);
    const final = start + fragmentBytes >= payload.length;
    frames.push(clientFrame({ opcode: start === 0 ? opcode : CONTINUATION, payload: part, final }));
  }
  return Uint8Array.from(Buffer.concat(frames));
}

function* chop(bytes: Uint8Array, chopBytes: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chopBytes) yield bytes.slice(start, start + chopBytes);
}
