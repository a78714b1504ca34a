import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { CLOSE_CODES } from "../../src/protocol/close-codes.ts";
import { type Detection, Detector } from "../../src/protocol/detect.ts";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { cutEverywhere } from "../chunking.ts";
import { bytesOf, describe, framesIn, takeAll, writeFrame, written } from "../frames.ts";

interface Vectors {
  readonly maxFrameBytes: number;
  readonly detection: readonly { name: string; hex: string; speaks: Detection }[];
  readonly valid: readonly { name: string; hex: string; frames: readonly object[]; canonical?: boolean }[];
  readonly invalid: readonly { name: string; hex: string; clause: string; code: number; end?: boolean }[];
}

const file = new URL("../../../docs/protocol/vectors.json", import.meta.url);
const { maxFrameBytes, detection, valid, invalid }: Vectors = JSON.parse(readFileSync(file, "utf8"));

suite("what a connection speaks", () => {
  for (const { name, hex, speaks } of detection) {
    test(name, () => {
      assert.equal(new Detector(maxFrameBytes).push(bytesOf(hex)), speaks);
    });
  }
});

suite("valid frames", () => {
  for (const { name, hex, frames, canonical = true } of valid) {
    test(name, () => {
      const decoded = framesIn(bytesOf(hex), maxFrameBytes);
      assert.deepEqual(decoded.map(describe), frames);
      if (!canonical) return;
      const again = written((writer) => {
        for (const frame of decoded) writeFrame(writer, frame);
      });
      assert.equal(again, hex.replaceAll(" ", ""));
    });
  }
});

suite("invalid frames", () => {
  for (const { name, hex, clause, code, end = false } of invalid) {
    for (const how of ["in one chunk", "byte by byte"]) {
      test(`${name}, ${how}`, () => {
        const bytes = bytesOf(hex);
        const error = violation(how === "in one chunk" ? [bytes] : cutEverywhere(bytes), end);
        assert.equal(error.clause, clause);
        assert.equal(CLOSE_CODES[error.closeName].code, code);
      });
    }
  }
});

/** What is wrong with the bytes, which must show at their end (`end`) or before. */
function violation(chunks: readonly Uint8Array[], end: boolean): ProtocolError {
  const codec = new FrameCodec(maxFrameBytes);
  try {
    for (const chunk of chunks) {
      codec.push(chunk);
      takeAll(codec);
    }
    assert.ok(end, "nothing was found to be wrong");
    codec.end();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  return assert.fail("nothing was found to be wrong");
}
