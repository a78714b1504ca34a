import type { GapReason } from "../protocol/frames/gap.ts";
import { decodeUtf8, encodeUtf8Into, utf8Length } from "../protocol/text.ts";
import { GapError } from "./errors.ts";

/** What can be sent: text, bytes, or a plain object or array, which goes as JSON text. */
export type Sendable = string | ArrayBuffer | ArrayBufferView | { readonly [key: string]: unknown } | Plain;

/** No map, set, promise or function: they are objects too, but as JSON nothing would be left of them. */
type Plain = object & { readonly [Symbol.toStringTag]?: never; readonly [Symbol.hasInstance]?: never };

/** The content of a message as it arrived; a `MessageFrame` is one. */
export interface Payload {
  readonly isText: boolean;
  readonly byteLength: number;
  /** A view; whoever keeps it for long should copy it. */
  readonly payload: Uint8Array;
  /** What it is a part of, the memory of which is kept as long as it is; `undefined` for text. */
  readonly source: Uint8Array | undefined;
  text(): string;
}

/** Bytes as they arrived, or a copy of them. */
export class BytesPayload implements Payload {
  readonly payload: Uint8Array;
  readonly isText: boolean;

  constructor(payload: Uint8Array, isText: boolean) {
    this.payload = payload;
    this.isText = isText;
  }

  get byteLength(): number {
    return this.payload.byteLength;
  }

  get source(): Uint8Array {
    return this.payload;
  }

  text(): string {
    return decodeUtf8(this.payload, 0, this.payload.byteLength);
  }
}

/** Text that never was bytes here: a plain line, a gap. */
export class TextPayload implements Payload {
  readonly isText = true;
  readonly byteLength: number;
  readonly source = undefined;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.byteLength = utf8Length(text);
  }

  get payload(): Uint8Array {
    const bytes = new Uint8Array(this.byteLength);
    encodeUtf8Into(this.#text, bytes, 0);
    return bytes;
  }

  text(): string {
    return this.#text;
  }
}

/** What is missing. `to` is 0 when nobody knows how much. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: GapReason;
}

/** A room's entry, as its message knows it. */
export interface EntryOrigin {
  readonly room: string;
  readonly offset: number;
  readonly at: number;
}

/** Whom a message answers to. Implemented by the session that it came in. */
export interface MessageOwner {
  reply(message: ReceivedMessage, data: Sendable): Promise<void>;
  finish(message: ReceivedMessage): void;
}

/** One message from the other side; in a client's loop also an entry of a room, or a gap. */
export interface Message {
  /** Its number in the conversation, from 1; 0 for a room's entry. */
  readonly sequence: number;
  /** The room whose entry this is; `undefined` for a message of the conversation. */
  readonly room: string | undefined;
  /** The entry's offset in its room's log; `undefined` when it is not logged. */
  readonly offset: number | undefined;
  /** When the entry was appended, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** Set when something is missing here instead of a message. */
  readonly gap: Gap | undefined;
  /** Whether the sender waits for a reply. */
  readonly wantsReply: boolean;
  /** Whether it was sent as text, or as JSON, rather than as bytes. */
  readonly isText: boolean;
  readonly byteLength: number;
  /** The content as text; bytes that are not UTF-8 become U+FFFD. For a gap, the line a plain terminal shows. */
  text(): string;
  /** A copy of the content; empty for a gap. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** The content parsed as JSON. Throws `SyntaxError` when it is not JSON, and `GapError` for a gap. */
  json(): unknown;
  /**
   * Answers it. Resolves when the reply is accepted for delivery; rejects with `SessionClosedError`, and as `send` does.
   *
   * A reply waits for no window. A message that asked for none (also any from a plain client) gets an ordinary message.
   */
  reply(data: Sendable): Promise<void>;
  /** Acknowledges it now, instead of when the next one is asked for. */
  done(): void;
}

/** A message, and what its session has to remember of it. */
export class ReceivedMessage implements Message {
  readonly sequence: number;
  readonly wantsReply: boolean;
  readonly gap: Gap | undefined;
  readonly #owner: MessageOwner;
  #payload: Payload;
  readonly #entry: EntryOrigin | undefined;
  /** The application is done with it, and this much of what it did has not settled. */
  finished = false;
  unsettled = 0;
  /** `session.state` when the application was done with it. */
  stateText: string | undefined;

  constructor(
    owner: MessageOwner,
    payload: Payload,
    sequence: number,
    wantsReply = false,
    entry: EntryOrigin | undefined = undefined,
    gap: Gap | undefined = undefined,
  ) {
    this.#owner = owner;
    this.#payload = payload;
    this.sequence = sequence;
    this.wantsReply = wantsReply;
    this.#entry = entry;
    this.gap = gap;
  }

  get room(): string | undefined {
    return this.#entry?.room;
  }

  get offset(): number | undefined {
    const offset = this.#entry?.offset;
    return offset === 0 ? undefined : offset;
  }

  get at(): number | undefined {
    return this.#entry?.at;
  }

  get isText(): boolean {
    return this.#payload.isText;
  }

  get byteLength(): number {
    return this.#payload.byteLength;
  }

  /** What its content is a part of. */
  get source(): Uint8Array | undefined {
    return this.#payload.source;
  }

  /** The content as it lies here: text that never was bytes, or a view of what arrived. */
  get content(): string | Uint8Array {
    return this.#payload.source === undefined ? this.#payload.text() : this.#payload.payload;
  }

  /** Gives its content memory of its own. */
  moveOut(): void {
    this.#payload = new BytesPayload(new Uint8Array(this.#payload.payload), this.isText);
  }

  text(): string {
    return this.#payload.text();
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.gap === undefined ? new Uint8Array(this.#payload.payload) : new Uint8Array(0);
  }

  json(): unknown {
    if (this.gap !== undefined) throw new GapError(this.text());
    return JSON.parse(this.text());
  }

  reply(data: Sendable): Promise<void> {
    return this.#owner.reply(this, data);
  }

  done(): void {
    this.#owner.finish(this);
  }
}

/** The line that a plain terminal shows for a gap. */
export function gapLine(gap: Gap): string {
  const which = gap.to === 0 ? `from ${gap.from} on` : `${gap.from} to ${gap.to}`;
  return `* messages ${which} are missing (${gap.reason})`;
}

/**
 * Text or bytes for the wire. Bytes are copied, since they are kept until they are acknowledged. Throws `TypeError` for
 * what is neither, nor a plain object or array that JSON can say.
 */
export function payloadOf(data: Sendable): string | Uint8Array {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    // A buffer has neither: all of it is meant.
    const { buffer, byteOffset, byteLength } = data as Partial<ArrayBufferView>;
    return new Uint8Array(buffer ?? (data as ArrayBuffer), byteOffset, byteLength).slice();
  }
  // Of a Map, or of an object that has private fields, JSON would say `{}`. Objects of other realms have an
  // `Object.prototype` of their own.
  const prototype: unknown = Object.getPrototypeOf(data ?? 0);
  const isPlain = Array.isArray(data) || prototype === null || Object.getPrototypeOf(prototype) === null;
  const text = isPlain && JSON.stringify(data);
  if (text) return text;
  const { name } = (data as Partial<object> | undefined)?.constructor ?? { name: data };
  throw new TypeError(`cannot send ${name}`);
}

/** What a message is refused with that is larger than a message may be. */
export function sizeError(payload: string | Uint8Array, maxMessageBytes: number): RangeError | undefined {
  // A character takes at most three bytes: most texts need no counting.
  const most = typeof payload === "string" ? payload.length * 3 : payload.byteLength;
  if (most <= maxMessageBytes) return undefined;
  const length = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
  if (length <= maxMessageBytes) return undefined;
  return new RangeError(`a message of ${length} bytes is above maxMessageBytes (${maxMessageBytes})`);
}
