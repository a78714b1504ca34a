import assert from "node:assert/strict";
import { test } from "node:test";
import { writePing, writePong } from "../../../../src/protocol/frames/ping.ts";
import { frameIn, written } from "../../../frames.ts";

for (const [name, type, write, clause] of [
  ["PING", 9, writePing, "§6.9"],
  ["PONG", 10, writePong, "§6.10"],
] as const) {
  const typeHex = `0${type.toString(16)}`;

  test(`a ${name} with 0 to 8 bytes`, () => {
    for (let length = 0; length <= 8; length++) {
      const data = new Uint8Array(length).fill(7);
      const hex = `0${length + 1}${typeHex}${"07".repeat(length)}`;
      assert.equal(
        written((writer) => write(writer, data)),
        hex,
      );
      assert.deepEqual(frameIn(hex), { type, data });
    }
  });

  test(`a ${name} with 9 bytes breaks ${clause}`, () => {
    assert.throws(() => frameIn(`0a${typeHex}${"07".repeat(9)}`), { clause });
  });
}
