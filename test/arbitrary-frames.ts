import fc from "fast-check";
import { ByteWriter } from "../src/protocol/bytes.ts";
import { EntryFlag } from "../src/protocol/frames/entry.ts";
import { type Frame, FrameType } from "../src/protocol/frames/frame.ts";
import { MessageFlag, MessageFrame } from "../src/protocol/frames/message.ts";
import { writeFrame } from "./frames.ts";

/** Integers of the wire; the ends of each length in bytes come often. */
const integer = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
const positive = integer.map((number) => Math.max(1, number));
/** Well-formed text, short and long, in all lengths of characters. */
const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "binary", maxLength: 60 }));
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.uint8Array({ minLength: 100, maxLength: 300 }),
  text.map((it) => new TextEncoder().encode(it)),
);
const pingData = fc.uint8Array({ maxLength: 8 });

const room = fc.record({ name: text, epoch: integer, cursor: integer, ticket: text }, { noNullPrototype: true });

const open = fc.record({
  type: fc.constant(FrameType.open),
  sessionId: text,
  token: text,
  instance: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  attempt: integer,
  received: integer,
  acked: integer,
  sent: integer,
  windowMessages: integer,
  windowBytes: integer,
  rooms: fc.array(room, { maxLength: 3 }),
  credential: payload,
});

const opened = fc.record({
  type: fc.constant(FrameType.opened),
  origin: fc.constantFrom("new", "resumed", "revived"),
  sessionId: text,
  token: text,
  received: integer,
  sent: integer,
  checksum: fc.integer({ min: 0, max: 0xffff_ffff }),
  heartbeatMs: integer,
  resumeWindowMs: integer,
  maxMessageBytes: integer,
  windowMessages: integer,
  windowBytes: integer,
  expiresInMs: integer,
});

const message = fc
  .record({ flags: fc.nat(7), sequence: positive, request: positive, payload })
  .map(({ flags, sequence, request, payload }) => {
    const repliesTo = (flags & MessageFlag.isReply) === 0 ? 0 : request;
    return new MessageFrame(flags, sequence, repliesTo, payload, 0, payload.length);
  });

const entry = fc
  .record({ flags: fc.nat(3), alias: integer, offset: integer, step: integer, at: integer, payload })
  .map(({ flags, offset, step, ...rest }) => {
    const logged = (flags & EntryFlag.ephemeral) === 0;
    return { type: FrameType.entry, flags, ...rest, offset: logged ? offset : 0, step: logged ? step : 0 };
  });

const close = fc.record({
  type: fc.constant(FrameType.close),
  code: integer,
  reason: fc.string({ unit: "binary", maxLength: 30 }),
  retryAfterMs: integer,
  sent: integer,
  received: integer,
  by: fc.constantFrom("client", "server", "network"),
});

/** Any frame that a side may send. */
export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  { weight: 4, arbitrary: message },
  { weight: 2, arbitrary: entry },
  open,
  opened,
  fc.record({ type: fc.constant(FrameType.ack), alias: integer, number: integer }),
  fc.record({
    type: fc.constant(FrameType.joined),
    alias: integer,
    name: text,
    epoch: integer,
    cursor: integer,
    head: integer,
    ticket: text,
  }),
  fc.record({ type: fc.constant(FrameType.left), name: text }),
  fc.record({
    type: fc.constant(FrameType.gap),
    alias: integer,
    from: integer,
    to: integer,
    reason: fc.constantFrom("trimmed", "log-replaced", "policy", "server-restarted", "missed"),
  }),
  fc.record({ type: fc.constant(FrameType.ping), data: pingData }),
  fc.record({ type: fc.constant(FrameType.pong), data: pingData }),
  close,
  fc.record({ type: fc.constant(FrameType.auth), credential: payload }),
  fc.record({ type: fc.constant(FrameType.authed), accepted: fc.boolean(), expiresInMs: integer }),
  fc.record({ type: fc.constant(FrameType.token), token: text }),
);

export function bytesOfFrame(frame: Frame): Uint8Array {
  const writer = new ByteWriter();
  writeFrame(writer, frame);
  return writer.take();
}

/** The same bytes with one of them changed, taken out or put in, or the end cut off. */
export function mangled(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const how = fc.constantFrom("change", "remove", "insert", "truncate", "leave");
  return fc
    .record({ bytes, how, where: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) })
    .map(({ bytes, how, where, byte }) => {
      const list = [...bytes];
      const at = Math.floor(where * list.length);
      if (how === "change") list[Math.min(at, list.length - 1)] = byte;
      else if (how === "remove") list.splice(at, 1);
      else if (how === "insert") list.splice(at, 0, byte);
      else if (how === "truncate") list.length = at;
      return Uint8Array.from(list);
    });
}
