import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteWriter } from "../../src/protocol/bytes.ts";
import type { Frame } from "../../src/protocol/frames/frame.ts";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import { MessageFlag, type MessageFrame, writeMessage } from "../../src/protocol/frames/message.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { anyFrame, bytesOfFrame, mangled } from "../arbitrary-frames.ts";
import { cutAt, cuts } from "../chunking.ts";
import { describe, framesIn, takeAll, writeFrame } from "../frames.ts";

test("a frame read is the frame written", () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      assert.deepEqual(framesIn(bytesOfFrame(frame)).map(describe), [describe(frame)]);
    }),
    { numRuns: 2_000 },
  );
});

test("frames written in a row by several writers in turn are read in any chunks, and stay as they are", () => {
  const turn = fc.record({ writer: fc.nat(2), frame: anyFrame, take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 30 }), cuts, (turns, fractions) => {
      const writers = [new ByteWriter(), new ByteWriter(), new ByteWriter()];
      const taken: Uint8Array[][] = [[], [], []];
      const expected: Frame[][] = [[], [], []];
      for (const { writer, frame, take } of turns) {
        writeFrame(writers[writer] as ByteWriter, frame);
        expected[writer]?.push(frame);
        if (take) taken[writer]?.push((writers[writer] as ByteWriter).take());
      }
      // Only now, when all the writing is done, does anybody look at what was taken.
      for (const [index, writer] of writers.entries()) {
        const codec = new FrameCodec(65_536);
        const frames: Frame[] = [];
        for (const chunk of cutAt(Buffer.concat([...(taken[index] ?? []), writer.take()]), fractions)) {
          codec.push(chunk);
          frames.push(...takeAll(codec));
        }
        codec.end();
        assert.deepEqual(frames.map(describe), expected[index]?.map(describe));
      }
    }),
    { numRuns: 300 },
  );
});

test("text written is the text read; lone surrogates become U+FFFD", () => {
  const anyText = fc
    .oneof(fc.string({ unit: "binary", maxLength: 100 }), fc.array(fc.nat(0xffff), { maxLength: 100 }))
    .map((text) => (typeof text === "string" ? text : String.fromCharCode(...text)));
  const long = fc.record({ text: anyText, times: fc.constantFrom(1, 1, 1, 40) });
  fc.assert(
    fc.property(long, ({ text, times }) => {
      const sent = text.repeat(times);
      const writer = new ByteWriter();
      writeMessage(writer, MessageFlag.text, 1, 0, sent);
      const [frame] = framesIn(writer.take());
      assert.equal((frame as MessageFrame).text(), Buffer.from(sent).toString());
    }),
    { numRuns: 500 },
  );
});

test("whatever arrives, each frame that is read can be written again and says the same", () => {
  fc.assert(
    fc.property(mangled(anyFrame.map(bytesOfFrame)), (bytes) => {
      for (const frame of readable(bytes)) {
        assert.deepEqual(framesIn(bytesOfFrame(frame)).map(describe), [describe(frame)]);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("frames of optional types are skipped, whatever their length and wherever they stand", () => {
  const optional = fc.record({
    type: fc.integer({ min: 64, max: 255 }),
    length: fc.constantFrom(0, 1, 126, 127, 5_000),
  });
  const part = fc.oneof(anyFrame, optional);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), cuts, (parts, fractions) => {
      const known = parts.filter((it): it is Frame => it.type < 64);
      const writer = new ByteWriter();
      for (const it of parts) {
        if ("length" in it) writeUnknown(writer, it.type, it.length);
        else writeFrame(writer, it);
      }
      const codec = new FrameCodec(4_000);
      const frames: Frame[] = [];
      for (const chunk of cutAt(writer.take(), fractions)) {
        codec.push(chunk);
        frames.push(...takeAll(codec));
      }
      codec.end();
      assert.deepEqual(frames.map(describe), known.map(describe));
    }),
  );
});

function writeUnknown(writer: ByteWriter, type: number, length: number): void {
  writer.beginFrame(type, length);
  writer.bytes(new Uint8Array(length));
  writer.endFrame();
}

/** The frames up to the first violation. */
function readable(bytes: Uint8Array): Frame[] {
  const codec = new FrameCodec(65_536);
  const frames: Frame[] = [];
  codec.push(bytes);
  try {
    for (let frame = codec.next(); frame !== undefined; frame = codec.next()) frames.push(frame);
  } catch (error) {
    assert.ok(error instanceof ProtocolError, `${error}`);
  }
  return frames;
}
