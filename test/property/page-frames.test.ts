import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PageReader } from "../../src/client/browser/page-reader.ts";
import { PageWriter } from "../../src/client/browser/page-writer.ts";
import { readServerFrame } from "../../src/client/browser/server-frames.ts";
import { ByteReader, ByteWriter } from "../../src/protocol/bytes.ts";
import { type Frame, FrameType } from "../../src/protocol/frames/frame.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import type { ServerFrame } from "../../src/session/client-ports.ts";
import { anyFrame, bytesOfFrame, mangled } from "../arbitrary-frames.ts";
import { describe, hexOf } from "../frames.ts";

const fromServer = anyFrame.filter(({ type }) => type !== FrameType.open && type !== FrameType.auth);

const anyField = fc.oneof(
  fc.nat(200),
  fc.maxSafeNat(),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.uint8Array({ maxLength: 300 }),
);

/** What a client may write: types and flags are bytes, and below 128. */
const anyFields = fc.record({ type: fc.nat(63), fields: fc.array(anyField, { maxLength: 8 }) });

function serverFrames(bytes: Uint8Array): ServerFrame[] {
  const message = new PageReader(bytes);
  const frames: ServerFrame[] = [];
  while (message.remaining > 0) {
    const frame = readServerFrame(message);
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

/** A frame with what a page reads of it: Node reads a MESSAGE into more. */
function inPage(frame: Frame | ServerFrame): object {
  if (frame.type !== FrameType.message) return describe(frame);
  const { flags, sequence, repliesTo, payload } = frame;
  return { flags, sequence, repliesTo, payload: hexOf(payload) };
}

test("a page writes frames as servers and Node do", () => {
  fc.assert(
    fc.property(fc.array(anyFields, { maxLength: 20 }), (frames) => {
      const sent: Uint8Array[] = [];
      const page = new PageWriter({ send: (batch) => sent.push(batch as Uint8Array), close: () => {} });
      const node = new ByteWriter();
      for (const { type, fields } of frames) {
        page.frame(type, fields);
        node.frame(type, fields);
        assert.equal(page.length, node.length);
      }
      page.send();
      assert.equal(page.length, 0);
      assert.equal(hexOf(Buffer.concat(sent)), hexOf(node.take()));
    }),
    { numRuns: 1_000 },
  );
});

test("what a page writes leaves in batches of whole frames, of 64 KiB together at most; a longer one goes alone", () => {
  const lengths = fc.oneof(fc.nat(100), fc.nat(20_000), fc.integer({ min: 60_000, max: 200_000 }));
  fc.assert(
    fc.property(fc.array(lengths, { maxLength: 12 }), (payloads) => {
      const sent: Uint8Array[] = [];
      const page = new PageWriter({ send: (batch) => sent.push(batch as Uint8Array), close: () => {} });
      for (const length of payloads) page.frame(FrameType.message, [0, new Uint8Array(length)]);
      page.send();
      const counts = sent.map((batch) => {
        const reader = new ByteReader(batch);
        let frames = 0;
        for (; reader.remaining > 0; frames += 1) reader.bytes(reader.varint());
        assert.ok(frames === 1 || batch.length <= 65_536, `${frames} frames of ${batch.length} bytes`);
        return frames;
      });
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        payloads.length,
      );
    }),
    { numRuns: 200 },
  );
});

test("what a page has sent stays as it is", () => {
  const sent: Uint8Array[] = [];
  const writer = new PageWriter({ send: (batch) => sent.push(batch as Uint8Array), close: () => {} });
  for (const text of ["first", "other"]) {
    writer.frame(FrameType.left, [text]);
    writer.send();
  }
  assert.deepEqual(sent.map(hexOf), ["0707056669727374", "0707056f74686572"]);
});

test("a page reads every frame that a server sends", () => {
  fc.assert(
    fc.property(fc.array(fromServer, { maxLength: 10 }), (frames) => {
      const message = Buffer.concat(frames.map(bytesOfFrame));
      assert.deepEqual(serverFrames(message).map(inPage), frames.map(inPage));
    }),
    { numRuns: 1_000 },
  );
});

test("optional frames are skipped, and what only clients send is a protocol error", () => {
  const unknown = Uint8Array.of(3, 64, 1, 2);
  const ack: Frame = { type: FrameType.ack, alias: 0, number: 7 };
  assert.deepEqual(serverFrames(Buffer.concat([unknown, bytesOfFrame(ack)])), [ack]);
  assert.throws(() => serverFrames(Uint8Array.of(1, 12)), ProtocolError);
  assert.throws(() => serverFrames(Uint8Array.of(1, 63)), ProtocolError);
  assert.throws(() => serverFrames(Uint8Array.of(0)), ProtocolError);
});

test("garbage throws ProtocolError and nothing else", () => {
  fc.assert(
    fc.property(mangled(fc.oneof(anyFrame.map(bytesOfFrame), fc.uint8Array())), (bytes) => {
      try {
        serverFrames(bytes);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `${error}`);
      }
    }),
    { numRuns: 2_000 },
  );
});
