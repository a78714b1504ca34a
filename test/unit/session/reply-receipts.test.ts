import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { MessageFlag } from "../../../src/protocol/frames/message.ts";
import { DEFAULT_LIMITS } from "../../../src/session/limits.ts";
import { ReplyReceipts } from "../../../src/session/reply-receipts.ts";
import { SendStream } from "../../../src/session/send-stream.ts";
import { framesIn } from "../../frames.ts";

const HEARTBEAT = new Uint8Array(0);

describe("receipts of replies", () => {
  let sending: SendStream;
  let receipts: ReplyReceipts;

  beforeEach(() => {
    sending = new SendStream();
    receipts = new ReplyReceipts(sending, { ...DEFAULT_LIMITS, windowMessages: 8, windowBytes: 1_000 });
  });

  function reply(count: number, byteLength = 1): void {
    for (let left = count; left > 0; left -= 1) {
      sending.push({ sequence: sending.last + 1, flags: MessageFlag.isReply, repliesTo: 1, payload: "", byteLength });
    }
  }

  /** What is asked with, if anything is. */
  function ask(): Uint8Array | undefined {
    const writer = new ByteWriter();
    receipts.ask(writer, sending.last);
    const [frame] = framesIn(writer.take());
    return frame?.type === FrameType.ping ? frame.data : undefined;
  }

  test("are asked for at half a window of messages", () => {
    reply(3);
    assert.equal(ask(), undefined);
    reply(1);
    assert.notEqual(ask(), undefined);
  });

  test("are asked for at half a window of bytes", () => {
    reply(1, 499);
    assert.equal(ask(), undefined);
    reply(1, 1);
    assert.notEqual(ask(), undefined);
  });

  test("free what was written before they were asked for, and no more", () => {
    reply(4);
    const data = ask() as Uint8Array;
    reply(2);
    assert.equal(receipts.onPong(data), true);
    assert.deepEqual(
      sending.unacknowledged().map(({ sequence }) => sequence),
      [5, 6],
    );
  });

  test("are asked for one at a time, and for news only", () => {
    reply(4);
    const data = ask() as Uint8Array;
    reply(4);
    assert.equal(ask(), undefined, "one is on its way");
    receipts.onPong(data);
    assert.notEqual(ask(), undefined);
  });

  test("are not what answers a heartbeat, nor an answer to no question", () => {
    reply(4);
    assert.equal(receipts.onPong(Uint8Array.of(1)), false);
    assert.notEqual(ask(), undefined);
    assert.equal(receipts.onPong(HEARTBEAT), false);
    assert.equal(sending.replies, 4);
  });

  test("are asked for again on the next connection, whose OPEN says what has arrived", () => {
    reply(6);
    const lost = ask() as Uint8Array;
    receipts.attach(2);
    assert.equal(sending.replies, 4);
    assert.equal(receipts.onPong(lost), false);
    assert.notEqual(ask(), undefined);
    assert.equal(sending.replies, 4);
  });
});
