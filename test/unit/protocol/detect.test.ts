import assert from "node:assert/strict";
import { test } from "node:test";
import { type Detection, Detector } from "../../../src/protocol/detect.ts";
import { cutEverywhere } from "../../chunking.ts";

const MAX_LINE_BYTES = 64;

const cases: [name: string, bytes: string, expected: Detection][] = [
  ["TLS", "\x16\x03\x01\x02", "tls"],
  ["the first byte of TLS", "\x16", "more"],
  ["a control character that is not TLS", "\x16\x04", "lines"],
  ["GET over HTTP/1.1", "GET / HTTP/1.1\r\n", "http"],
  ["HTTP/1.0 with a bare newline", "POST /x HTTP/1.0\n", "http"],
  ["a request line that has not ended", "GET / HTTP/1.1", "more"],
  ["a request line without its newline", "GET / HTTP/1.1\r", "more"],
  ["the beginning of a method", "OPTIO", "more"],
  ["a method that shares its beginning with others", "PATCH /x HTTP/1.1\r\n", "http"],
  ["a method in lower case", "get / HTTP/1.1\r\n", "lines"],
  ["a word that only begins like a method", "GETTING there\n", "lines"],
  ["a method and one word", "GET lost\n", "lines"],
  ["a method and one word, so far", "GET lost", "more"],
  ["a method and two words", "GET me out", "lines"],
  ["a method without a target", "GET  HTTP/1.1\r\n", "lines"],
  ["HTTP of another version", "GET / HTTP/2.0\r\n", "lines"],
  ["HTTP of another minor version", "GET / HTTP/1.2\r\n", "lines"],
  ["more than a version", "GET / HTTP/1.1 please\r\n", "lines"],
  ["a control character in the target", "GET /\x7f HTTP/1.1\r\n", "lines"],
  ["the preface", "BOWLINE/1\n", "bowline"],
  ["the beginning of the preface", "BOWLINE/1", "more"],
  ["another version of Bowline", "BOWLINE/2\n", "unknown-version"],
  ["a two-digit version of Bowline", "BOWLINE/10\n", "unknown-version"],
  ["a preface with a carriage return", "BOWLINE/1\r\n", "unknown-version"],
  ["a word that begins like the preface", "BOWL\n", "lines"],
  ["a greeting", "hello\n", "lines"],
  ["an empty line", "\n", "lines"],
  ["a NUL", "\0", "lines"],
  ["UTF-8", "ü", "lines"],
];

for (const [name, text, expected] of cases) {
  test(`${name} is ${expected}, in one chunk and byte by byte`, () => {
    const bytes = Buffer.from(text, "latin1");
    assert.equal(new Detector(MAX_LINE_BYTES).push(Uint8Array.from(bytes)), expected);
    const { detection } = detect(new Detector(MAX_LINE_BYTES), cutEverywhere(bytes));
    assert.equal(detection, expected);
  });
}

for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]) {
  test(`${method} is one of HTTP's methods`, () => {
    const { detection } = detect(new Detector(MAX_LINE_BYTES), cutEverywhere(Buffer.from(`${method} * HTTP/1.1\r\n`)));
    assert.equal(detection, "http");
  });
}

test("a silent connection is undecided, also after empty chunks", () => {
  const detector = new Detector(MAX_LINE_BYTES);
  assert.equal(detector.push(new Uint8Array(0)), "undecided");
  assert.equal(detector.take().length, 0);
});

test("every byte held is handed over", () => {
  const detector = new Detector(MAX_LINE_BYTES);
  for (const chunk of cutEverywhere(Buffer.from("GET lost"))) assert.equal(detector.push(chunk), "more");
  assert.equal(detector.push(Buffer.from("\nand then")), "lines");
  assert.equal(Buffer.from(detector.take()).toString(), "GET lost\nand then");
  assert.equal(detector.take().length, 0);
});

test("the preface is not handed over, what came behind it is", () => {
  const detector = new Detector(MAX_LINE_BYTES);
  detector.push(Buffer.from("BOWL"));
  assert.equal(detector.push(Buffer.from("INE/1\nrest")), "bowline");
  assert.equal(Buffer.from(detector.take()).toString(), "rest");
});

test("what did not become anything else in time is plain lines, with nothing missing", () => {
  const detector = new Detector(MAX_LINE_BYTES);
  detector.push(Buffer.from("BOWLINE"));
  assert.equal(detector.giveUp(), "lines");
  assert.equal(Buffer.from(detector.take()).toString(), "BOWLINE");
});

test("half a preface is nothing", () => {
  for (const preface of ["BOWLINE/", "BOWLINE/1"]) {
    const detector = new Detector(MAX_LINE_BYTES);
    detector.push(Buffer.from(preface));
    assert.equal(detector.giveUp(), undefined);
  }
});

test("a request line is held up to maxLineBytes and not beyond", () => {
  const longest = `GET /${"x".repeat(MAX_LINE_BYTES - 14)} HTTP/1.1\n`;
  assert.equal(longest.length, MAX_LINE_BYTES + 1);
  const tooLong = longest.replace("x", "xx");
  for (const cut of [cutEverywhere, (bytes: Uint8Array) => [bytes]]) {
    assert.equal(detect(new Detector(MAX_LINE_BYTES), cut(Buffer.from(longest))).detection, "http");
    const { detection, pushed } = detect(new Detector(MAX_LINE_BYTES), cut(Buffer.from(tooLong)));
    assert.equal(detection, "lines");
    assert.ok(cut !== cutEverywhere || pushed === MAX_LINE_BYTES + 1);
  }
});

test("the first chunk is not written to, since more of its memory may belong to someone else", () => {
  const memory = Buffer.from("GET ....");
  const detector = new Detector(MAX_LINE_BYTES);
  detector.push(memory.subarray(0, 4));
  detector.push(Buffer.from("lost"));
  assert.equal(memory.toString(), "GET ....");
});

/** Pushes until decided; how many chunks that took. */
function detect(detector: Detector, chunks: Uint8Array[]): { detection: Detection; pushed: number } {
  let detection: Detection = "undecided";
  let pushed = 0;
  for (const chunk of chunks) {
    detection = detector.push(chunk);
    pushed++;
    if (detection !== "undecided" && detection !== "more") break;
  }
  return { detection, pushed };
}
