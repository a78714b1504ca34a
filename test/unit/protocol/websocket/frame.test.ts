import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "../../../../src/protocol/bytes.ts";
import {
  encodeWebSocketFrame,
  writeWebSocketFrame,
  writeWebSocketHeader,
} from "../../../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../../../src/protocol/websocket/opcode.ts";
import { MASK, rawFrame } from "../../../websocket-frames.ts";

for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 100_000]) {
  for (const mask of [undefined, MASK]) {
    test(`a payload of ${size} bytes, ${mask === undefined ? "" : "not "}masked`, () => {
      const payload = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
      const expected = rawFrame({ opcode: OPCODE.binary, payload, mask });
      assert.deepEqual(encodeWebSocketFrame(OPCODE.binary, payload, mask), expected);
    });

    test(`a text of ${size} characters, ${mask === undefined ? "" : "not "}masked`, () => {
      const payload = "é".repeat(size);
      assert.deepEqual(
        encodeWebSocketFrame(OPCODE.text, payload, mask),
        rawFrame({ opcode: OPCODE.text, payload, mask }),
      );
    });
  }
}

test("a header counts in 64 bits", () => {
  const writer = new ByteWriter();
  writeWebSocketHeader(writer, OPCODE.binary, 2 ** 40 + 5);
  assert.deepEqual([...writer.take()], [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 5]);
});

test("the payload given is not masked itself", () => {
  const payload = Buffer.from("hello");
  encodeWebSocketFrame(OPCODE.text, payload, MASK);
  assert.equal(payload.toString(), "hello");
});

test("frames are appended one after the other", () => {
  const writer = new ByteWriter();
  writeWebSocketFrame(writer, OPCODE.text, "hello");
  writeWebSocketFrame(writer, OPCODE.ping, Uint8Array.of(1), MASK);
  writeWebSocketFrame(writer, OPCODE.text, "bye", MASK);
  assert.deepEqual(
    Buffer.from(writer.take()),
    Buffer.concat([
      rawFrame({ opcode: OPCODE.text, payload: "hello" }),
      rawFrame({ opcode: OPCODE.ping, payload: Uint8Array.of(1), mask: MASK }),
      rawFrame({ opcode: OPCODE.text, payload: "bye", mask: MASK }),
    ]),
  );
});
