import { type ByteReader, type FrameWriter, viewOf } from "../bytes.ts";
import { ProtocolError } from "../protocol-error.ts";
import { decodeUtf8 } from "../text.ts";
import { FrameType } from "./frame-type.ts";

export const MessageFlag = { text: 1, wantsReply: 2, isReply: 4 } as const;

export const KNOWN_MESSAGE_FLAGS = MessageFlag.text | MessageFlag.wantsReply | MessageFlag.isReply;

/**
 * A message of stream 0 (§6.3).
 *
 * The only frame that is a class: it is by far the most frequent, and leaves its payload where it arrived (`source`,
 * from `start` to `end`) until somebody asks for it.
 */
export class MessageFrame {
  readonly type = FrameType.message;
  /** Of `MessageFlag`. */
  readonly flags: number;
  readonly sequence: number;
  /** The sequence number of the request that this answers; 0 when it is not a reply. */
  readonly repliesTo: number;
  /** The chunk, or the frame if the network had cut it. */
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;

  constructor(flags: number, sequence: number, repliesTo: number, source: Uint8Array, start: number, end: number) {
    this.flags = flags;
    this.sequence = sequence;
    this.repliesTo = repliesTo;
    this.source = source;
    this.start = start;
    this.end = end;
  }

  get isText(): boolean {
    return (this.flags & MessageFlag.text) !== 0;
  }

  get wantsReply(): boolean {
    return (this.flags & MessageFlag.wantsReply) !== 0;
  }

  get isReply(): boolean {
    return (this.flags & MessageFlag.isReply) !== 0;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  /** The payload, as a view of what arrived: whoever keeps it for long should copy it. */
  get payload(): Uint8Array {
    return viewOf(this.source, this.start, this.end);
  }

  /** The payload as text; bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    return decodeUtf8(this.source, this.start, this.end);
  }
}

export function readMessage(reader: ByteReader): MessageFrame {
  const flags = reader.byte();
  if ((flags & ~KNOWN_MESSAGE_FLAGS) !== 0) throw new ProtocolError("Unknown flag in MESSAGE", "§5.7");
  const sequence = reader.varint();
  if (sequence === 0) throw new ProtocolError("MESSAGE with sequence number 0", "§6.3");
  let repliesTo = 0;
  if ((flags & MessageFlag.isReply) !== 0) {
    repliesTo = reader.varint();
    if (repliesTo === 0) throw new ProtocolError("Reply to number 0", "§6.3");
  }
  const { source, position, end } = reader;
  reader.position = end;
  return new MessageFrame(flags, sequence, repliesTo, source, position, end);
}

/** Writes a MESSAGE; `repliesTo` is used with the flag `isReply` only. */
export function writeMessage(
  writer: FrameWriter,
  flags: number,
  sequence: number,
  repliesTo: number,
  payload: string | Uint8Array,
): void {
  writer.beginFrame(FrameType.message, payload.length + 4);
  writer.byte(flags);
  writer.varint(sequence);
  if ((flags & MessageFlag.isReply) !== 0) writer.varint(repliesTo);
  writer.payload(payload);
  writer.endFrame();
}
