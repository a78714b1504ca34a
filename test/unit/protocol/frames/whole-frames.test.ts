import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "../../../../src/protocol/bytes.ts";
import { MessageFlag, MessageFrame, writeMessage } from "../../../../src/protocol/frames/message.ts";
import { wholeFrames } from "../../../../src/protocol/frames/whole-frames.ts";
import { framesIn } from "../../../frames.ts";

function batchOf(lengths: readonly number[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  for (const [index, length] of lengths.entries()) {
    writeMessage(writer, MessageFlag.text, index + 1, 0, new Uint8Array(length));
  }
  return writer.take();
}

function sequencesIn(pieces: readonly Uint8Array[]): number[][] {
  return pieces.map((piece) =>
    framesIn(piece, 2 ** 20).map((frame) => (frame instanceof MessageFrame ? frame.sequence : 0)),
  );
}

test("a batch of 64 KiB or less stays whole", () => {
  const batch = batchOf([100, 65_000, 300]);
  assert.deepEqual([...wholeFrames(batch)], [batch]);
});

test("a longer one is cut between frames", () => {
  const pieces = [...wholeFrames(batchOf([30_000, 30_000, 30_000, 30_000, 10]))];
  assert.deepEqual(sequencesIn(pieces), [
    [1, 2],
    [3, 4, 5],
  ]);
});

test("a frame that is longer goes alone", () => {
  const pieces = [...wholeFrames(batchOf([10, 100_000, 10, 10]))];
  assert.deepEqual(sequencesIn(pieces), [[1], [2], [3, 4]]);
  assert.deepEqual(sequencesIn([...wholeFrames(batchOf([100_000]))]), [[1]]);
});

test("nothing is left out, whatever the sizes", () => {
  for (let seed = 1; seed < 200; seed += 1) {
    const lengths = Array.from({ length: 1 + (seed % 40) }, (_, index) => (seed * 7_919 * (index + 3)) % 20_000);
    const pieces = [...wholeFrames(batchOf(lengths))];
    assert.deepEqual(
      sequencesIn(pieces).flat(),
      lengths.map((_, index) => index + 1),
    );
    for (const piece of pieces) assert.ok(piece.length <= 65_536, `${piece.length}`);
  }
});
