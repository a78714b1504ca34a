import assert from "node:assert/strict";
import { ByteWriter, type FrameWriter } from "../src/protocol/bytes.ts";
import { writeAck } from "../src/protocol/frames/ack.ts";
import { writeAuth, writeAuthed } from "../src/protocol/frames/auth.ts";
import { writeClose } from "../src/protocol/frames/close.ts";
import { writeEntry } from "../src/protocol/frames/entry.ts";
import { type Frame, FrameType } from "../src/protocol/frames/frame.ts";
import { FrameCodec } from "../src/protocol/frames/frame-codec.ts";
import { GAP_REASONS, writeGap } from "../src/protocol/frames/gap.ts";
import { writeJoined } from "../src/protocol/frames/joined.ts";
import { writeLeft } from "../src/protocol/frames/left.ts";
import { MessageFrame, writeMessage } from "../src/protocol/frames/message.ts";
import { type OpenFrame, writeOpen } from "../src/protocol/frames/open.ts";
import { writeOpened } from "../src/protocol/frames/opened.ts";
import { writePing, writePong } from "../src/protocol/frames/ping.ts";
import { writeToken } from "../src/protocol/frames/token.ts";

/** The bytes of hexadecimal digits, which may have spaces between them. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** What `write` writes, in hexadecimal. */
export function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter();
  write(writer);
  return hexOf(writer.take());
}

/** The frames in these bytes; throws what the codec throws, also when they end in the middle of one. */
export function framesIn(bytes: Uint8Array, maxFrameBytes = 65_536): Frame[] {
  const codec = new FrameCodec(maxFrameBytes);
  codec.push(bytes);
  const frames = takeAll(codec);
  codec.end();
  return frames;
}

/** The one frame in the bytes that `hex` stands for. */
export function frameIn(hex: string): Frame {
  const frames = framesIn(bytesOf(hex));
  assert.equal(frames.length, 1);
  return frames[0] as Frame;
}

export function takeAll(codec: FrameCodec): Frame[] {
  const frames: Frame[] = [];
  for (let frame = codec.next(); frame !== undefined; frame = codec.next()) frames.push(frame);
  return frames;
}

/** A frame as `vectors.json` writes it: bytes are hexadecimal digits, and only what is on the wire is there. */
export function describe(frame: Frame): object {
  if (frame instanceof MessageFrame) {
    const { type, flags, sequence, repliesTo, payload } = frame;
    return { type, flags, sequence, repliesTo, payload: hexOf(payload) };
  }
  const fields = Object.entries(frame).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? hexOf(value) : value,
  ]);
  if (frame.type === FrameType.gap) fields.push(["reason", GAP_REASONS.indexOf(frame.reason)]);
  return Object.fromEntries(fields);
}

/** Writes an OPEN as it is read: with its instance in hexadecimal. */
export function writeOpenFrame(writer: FrameWriter, open: Omit<OpenFrame, "type">): void {
  writeOpen(writer, { ...open, instance: bytesOf(open.instance) });
}

/** Writes any frame with the writer of its type. */
export function writeFrame(writer: FrameWriter, frame: Frame): void {
  switch (frame.type) {
    case FrameType.open:
      writeOpenFrame(writer, frame);
      break;
    case FrameType.opened:
      writeOpened(writer, frame);
      break;
    case FrameType.message:
      writeMessage(writer, frame.flags, frame.sequence, frame.repliesTo, frame.payload);
      break;
    case FrameType.entry:
      writeEntry(writer, frame.flags, frame.alias, frame.offset, frame.step, frame.at, frame.payload);
      break;
    case FrameType.ack:
      writeAck(writer, frame.alias, frame.number);
      break;
    case FrameType.joined:
      writeJoined(writer, frame);
      break;
    case FrameType.left:
      writeLeft(writer, frame.name);
      break;
    case FrameType.gap:
      writeGap(writer, frame.alias, frame.from, frame.to, frame.reason);
      break;
    case FrameType.ping:
      writePing(writer, frame.data);
      break;
    case FrameType.pong:
      writePong(writer, frame.data);
      break;
    case FrameType.close:
      writeClose(writer, frame);
      break;
    case FrameType.auth:
      writeAuth(writer, frame.credential);
      break;
    case FrameType.authed:
      writeAuthed(writer, frame.accepted, frame.expiresInMs);
      break;
    case FrameType.token:
      writeToken(writer, frame.token);
      break;
  }
}
