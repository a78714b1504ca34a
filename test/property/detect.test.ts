import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Detection, Detector } from "../../src/protocol/detect.ts";
import { cutAt, cuts } from "../chunking.ts";

const MAX_LINE_BYTES = 40;

/** Bytes that come close to each kind of beginning, and bytes that do not. */
const beginnings = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "GET ",
        "POST ",
        "PUT",
        "HEAD",
        "/path",
        " ",
        "HTTP/1.",
        "HTTP/1.1",
        "0",
        "1",
        "\r\n",
        "\n",
        "\r",
      ),
      fc.constantFrom("BOWLINE/", "1", "1\n", "2\n", "\x16", "\x03", "B", "G", "x".repeat(30)),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Uint8Array.from(Buffer.from(parts.join(""), "latin1")));

test("any chunking of the same bytes decides the same, and loses no byte", () => {
  fc.assert(
    fc.property(beginnings, cuts, (bytes, fractions) => {
      const whole = decide([bytes]);
      const chunked = decide(cutAt(bytes, fractions));
      assert.equal(chunked.detection, whole.detection);
      assert.deepEqual(chunked.bytes, whole.bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("a detector that waits holds at most maxLineBytes", () => {
  fc.assert(
    fc.property(beginnings, cuts, (bytes, fractions) => {
      const detector = new Detector(MAX_LINE_BYTES);
      let pushed = 0;
      for (const chunk of cutAt(bytes, fractions)) {
        pushed += chunk.length;
        const detection = detector.push(chunk);
        if (detection !== "more") break;
        assert.ok(pushed <= MAX_LINE_BYTES);
      }
    }),
  );
});

function decide(chunks: Uint8Array[]): { detection: Detection; bytes: Uint8Array } {
  const detector = new Detector(MAX_LINE_BYTES);
  let detection: Detection = "undecided";
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (detection === "undecided" || detection === "more") detection = detector.push(chunk);
    else rest.push(chunk);
  }
  return { detection, bytes: Uint8Array.from(Buffer.concat([detector.take(), ...rest])) };
}
