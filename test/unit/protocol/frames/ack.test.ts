import assert from "node:assert/strict";
import { test } from "node:test";
import { writeAck } from "../../../../src/protocol/frames/ack.ts";
import { frameIn, written } from "../../../frames.ts";

test("an ACK of a room", () => {
  assert.equal(
    written((writer) => writeAck(writer, 7, 16_384)),
    "0505" + "07" + "808001",
  );
  assert.deepEqual(frameIn("0505 07 808001"), { type: 5, alias: 7, number: 16_384 });
});

test("an ACK of 0 on stream 0, which adopts a session, takes four bytes", () => {
  assert.equal(
    written((writer) => writeAck(writer, 0, 0)),
    "03050000",
  );
});
