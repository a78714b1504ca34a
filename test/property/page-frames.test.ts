import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PageWriter } from "../../src/client/browser/page-writer.ts";
import { serverFrames } from "../../src/client/browser/server-frames.ts";
import { ByteWriter } from "../../src/protocol/bytes.ts";
import { type Frame, FrameType } from "../../src/protocol/frames/frame.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import type { ServerFrame } from "../../src/session/client-ports.ts";
import { anyFrame, bytesOfFrame, mangled } from "../arbitrary-frames.ts";
import { describe, hexOf, writeFrame } from "../frames.ts";

const fromServer = anyFrame.filter(({ type }) => type !== FrameType.open && type !== FrameType.auth);

/** A frame with what a page reads of it: Node reads a MESSAGE into more. */
function inPage(frame: Frame | ServerFrame): object {
  if (frame.type !== FrameType.message) return describe(frame);
  const { flags, sequence, repliesTo, payload } = frame;
  return { flags, sequence, repliesTo, payload: hexOf(payload) };
}

test("a page writes every frame as servers and Node do", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ frame: anyFrame, take: fc.boolean() }), { maxLength: 20 }), (turns) => {
      const page = new PageWriter();
      const node = new ByteWriter();
      for (const { frame, take } of turns) {
        writeFrame(page, frame);
        writeFrame(node, frame);
        assert.equal(page.length, node.length);
        if (take) assert.equal(hexOf(page.take()), hexOf(node.take()));
      }
      assert.equal(hexOf(page.take()), hexOf(node.take()));
    }),
    { numRuns: 1_000 },
  );
});

test("what a page took from its writer stays as it is", () => {
  const writer = new PageWriter();
  writer.string("first");
  const taken = writer.take();
  writer.string("other");
  assert.equal(hexOf(taken), "056669727374");
});

test("a page reads every frame that a server sends", () => {
  fc.assert(
    fc.property(fc.array(fromServer, { maxLength: 10 }), (frames) => {
      const message = Buffer.concat(frames.map(bytesOfFrame));
      assert.deepEqual([...serverFrames(message)].map(inPage), frames.map(inPage));
    }),
    { numRuns: 1_000 },
  );
});

test("optional frames are skipped, and what only clients send is a protocol error", () => {
  const unknown = Uint8Array.of(3, 64, 1, 2);
  const ack: Frame = { type: FrameType.ack, alias: 0, number: 7 };
  assert.deepEqual([...serverFrames(Buffer.concat([unknown, bytesOfFrame(ack)]))], [ack]);
  assert.throws(() => [...serverFrames(Uint8Array.of(1, 12))], ProtocolError);
  assert.throws(() => [...serverFrames(Uint8Array.of(1, 63))], ProtocolError);
  assert.throws(() => [...serverFrames(Uint8Array.of(0))], ProtocolError);
});

test("garbage throws ProtocolError and nothing else", () => {
  fc.assert(
    fc.property(mangled(fc.oneof(anyFrame.map(bytesOfFrame), fc.uint8Array())), (bytes) => {
      try {
        for (const _ of serverFrames(bytes));
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `${error}`);
      }
    }),
    { numRuns: 2_000 },
  );
});
