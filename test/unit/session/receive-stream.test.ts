import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { type Frame, FrameType } from "../../../src/protocol/frames/frame.ts";
import { MessageFlag, MessageFrame } from "../../../src/protocol/frames/message.ts";
import { resolveLimits } from "../../../src/session/limits.ts";
import type { Outlet } from "../../../src/session/ports.ts";
import { ReceiveStream } from "../../../src/session/receive-stream.ts";
import { framesIn } from "../../frames.ts";

const LIMITS = resolveLimits({ windowMessages: 4, windowBytes: 100, maxMessageBytes: 200, ackDelayMs: 25 });

function frame(sequence: number, byteLength = 1, flags = 0): MessageFrame {
  return new MessageFrame(
    flags,
    sequence,
    flags === MessageFlag.isReply ? 1 : 0,
    new Uint8Array(byteLength),
    0,
    byteLength,
  );
}

/** A stream into which these messages have come. */
function streamWith(...lengths: number[]): ReceiveStream {
  const stream = new ReceiveStream(LIMITS);
  for (const [index, length] of lengths.entries()) stream.accept(frame(index + 1, length));
  return stream;
}

class FakeOutlet {
  readonly writer = new ByteWriter();

  get acks(): number[] {
    return framesIn(this.writer.take()).flatMap((written: Frame) =>
      written.type === FrameType.ack ? [written.number] : [],
    );
  }
}

function tell(stream: ReceiveStream, now: number, outlet = new FakeOutlet()): number[] {
  stream.writeAck(outlet as unknown as Outlet, stream.processed, now);
  return outlet.acks;
}

describe("what comes", () => {
  test("is the next, or a duplicate, or breaks the rules", () => {
    const stream = streamWith(1, 1);
    assert.equal(stream.judge(frame(3)), "next");
    assert.equal(stream.judge(frame(2)), "duplicate");
    assert.deepEqual(stream.judge(frame(4)), { name: "protocol-error", reason: "message 4 came after 2" });
    assert.deepEqual(stream.judge(frame(3, 201)), {
      name: "message-too-big",
      reason: "a message of 201 bytes is above 200",
    });
  });

  test("has to be inside the window of messages, counted from what was acknowledged", () => {
    const stream = streamWith(1, 1, 1, 1);
    assert.notEqual(stream.judge(frame(5)), "next");
    stream.process(1, 1);
    assert.notEqual(stream.judge(frame(5)), "next", "the peer has not been told yet");
    stream.acknowledgeSoon(1, 0);
    assert.deepEqual(tell(stream, 25), [1]);
    assert.equal(stream.judge(frame(5)), "next");
  });

  test("has to be inside the window of bytes; an empty one takes a message of any size", () => {
    const stream = new ReceiveStream(LIMITS);
    assert.equal(stream.judge(frame(1, 200)), "next");
    stream.accept(frame(1, 60));
    assert.equal(stream.judge(frame(2, 40)), "next");
    assert.notEqual(stream.judge(frame(2, 41)), "next");
  });

  test("needs no window when it is a reply", () => {
    assert.equal(streamWith(1, 1, 1, 1).judge(frame(5, 1, MessageFlag.isReply)), "next");
    assert.equal(streamWith(100).judge(frame(2, 50, MessageFlag.isReply)), "next");
  });

  test("from another server has a window of its own, whatever still waits here", () => {
    const stream = streamWith(25, 25, 25, 25);
    stream.restart();
    assert.equal(stream.judge(frame(5, 100)), "next");
    stream.accept(frame(5, 100));
    assert.notEqual(stream.judge(frame(6)), "next");
    stream.process(4, 100);
    assert.notEqual(stream.judge(frame(6)), "next", "the old bytes were not the new window's");
    stream.process(5, 100);
    assert.equal(stream.judge(frame(6, 100)), "next");
  });
});

describe("an acknowledgement", () => {
  test("goes alone when it has waited for long enough", () => {
    const stream = streamWith(1, 1, 1);
    stream.process(1, 1);
    assert.equal(stream.acknowledgeSoon(1, 100), false);
    assert.equal(stream.ackDueAt, 125);
    assert.deepEqual(tell(stream, 124), []);
    assert.deepEqual(tell(stream, 125), [1]);
    assert.equal(stream.ackDueAt, Number.POSITIVE_INFINITY);
  });

  test("rides with data", () => {
    const stream = streamWith(1, 1, 1);
    stream.process(1, 1);
    const outlet = new FakeOutlet();
    outlet.writer.bytes(Uint8Array.of(2, FrameType.ack, 0));
    outlet.writer.take();
    outlet.writer.bytes(Uint8Array.of(3, FrameType.ack, 9, 9));
    assert.deepEqual(tell(stream, 0, outlet), [9, 1]);
  });

  test("goes at once at half a window, of messages or of bytes", () => {
    const messages = streamWith(1, 1, 1);
    messages.process(2, 2);
    assert.equal(messages.acknowledgeSoon(2, 0), true);
    const bytes = streamWith(50);
    bytes.process(1, 50);
    assert.equal(bytes.acknowledgeSoon(1, 0), true);
  });

  test("is told again when the peer sends something again, and on every connection", () => {
    const stream = streamWith(1);
    stream.process(1, 1);
    assert.deepEqual(tell(stream, 0), []);
    stream.tellAgain();
    assert.deepEqual(tell(stream, 0), [1]);
    stream.attach();
    assert.deepEqual(tell(stream, 0), [1]);
    assert.deepEqual(tell(stream, 1_000), [], "once");
  });
});
