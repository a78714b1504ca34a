import { ByteQueue } from "../byte-queue.ts";
import type { Codec } from "../codec.ts";
import { Utf8Validator } from "../utf8-validator.ts";
import { type CloseFrame, decodeClosePayload } from "./close-frame.ts";
import { applyMask, rotateMask } from "./mask.ts";
import { CONTROL_BIT, MAX_CONTROL_BYTES, OPCODE } from "./opcode.ts";
import { WebSocketError } from "./websocket-error.ts";

/** A whole message, its fragments put together; or a control frame, which may come between fragments. */
export type WebSocketUnit =
  | { readonly kind: "text" | "binary" | "ping" | "pong"; readonly data: Uint8Array }
  | ({ readonly kind: "close" } & CloseFrame);

export interface WebSocketCodecOptions {
  /** Our own side: a server demands that frames are masked, a client that they are not (RFC 6455 §5.1). */
  readonly role: "server" | "client";
  /** A longer message ends the connection with `message-too-big` as soon as it is announced. */
  readonly maxMessageBytes: number;
}

const NOTHING = new Uint8Array(0);

/**
 * WebSocket frames into whole messages (RFC 6455, no extensions).
 *
 * A text message's `data` is valid UTF-8; a violation is found in the first byte that makes it one, though more of the
 * message is to come. A message that lies whole in a chunk is a view of it, unmasked in place. After a close frame the
 * rest is ignored (§5.5.1). What it throws is always a `WebSocketError`.
 */
export class WebSocketCodec implements Codec<WebSocketUnit> {
  readonly #masked: boolean;
  readonly #maxMessageBytes: number;
  readonly #queue = new ByteQueue();
  readonly #utf8 = new Utf8Validator();

  // The frame whose header has been read.
  #inFrame = false;
  #final = false;
  #control = 0;
  #mask = 0;
  /** Bytes of its payload still to be consumed. */
  #left = 0;
  /** Whether those consumed last are known to be ASCII; only unmasking tells. */
  #ascii = false;

  // The message that the data frames make: the opcode of its first frame, and what of it could not be used in place.
  #message = 0;
  #assembled = NOTHING;
  #assembledLength = 0;
  #closed = false;

  constructor({ role, maxMessageBytes }: WebSocketCodecOptions) {
    this.#masked = role === "server";
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Hands over the bytes that arrived next; they belong to the codec from now on, which writes to them. */
  push(bytes: Uint8Array): void {
    if (!this.#closed) this.#queue.push(bytes);
  }

  next(): WebSocketUnit | undefined {
    while (!this.#closed && (this.#inFrame || this.#readHeader())) {
      const whole = this.#queue.length >= this.#left;
      if (this.#control !== 0) {
        if (!whole) break;
        return this.#takeControl();
      }
      if (whole && this.#final && this.#assembledLength === 0) return this.#takeWholeMessage();
      this.#assemble();
      if (this.#left > 0) break;
      this.#inFrame = false;
      if (this.#final) return this.#takeAssembledMessage();
    }
    this.#queue.settle();
    return undefined;
  }

  end(): void {
    if (this.#closed) return;
    if (this.#inFrame || this.#queue.length > 0) throw new WebSocketError("input ended within a frame", "§5.2");
    if (this.#message !== 0) throw new WebSocketError("input ended within a fragmented message", "§5.4");
  }

  /** Reads and checks the next frame's header; false says that it is not all there yet. */
  #readHeader(): boolean {
    const { bytes, start, end } = this.#queue;
    if (end - start < 2) return false;
    const first = bytes[start] as number;
    const second = bytes[start + 1] as number;
    this.#checkFirstBytes(first, second);

    let at = start + 2;
    let length = second & 0x7f;
    const headerEnd = at + (length < 126 ? 0 : length === 126 ? 2 : 8) + (this.#masked ? 4 : 0);
    if (end < headerEnd) return false;
    if (length === 126) {
      length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      if (length < 126) throw new WebSocketError("length not in its shortest form", "§5.2");
      at += 2;
    } else if (length === 127) {
      const high = readUint32(bytes, at);
      length = high * 0x1_0000_0000 + readUint32(bytes, at + 4);
      if (high >= 0x8000_0000) throw new WebSocketError("length with its highest bit set", "§5.2");
      if (length < 0x10000) throw new WebSocketError("length not in its shortest form", "§5.2");
      at += 8;
    }
    const opcode = first & 0x0f;
    this.#control = opcode & CONTROL_BIT ? opcode : 0;
    if (this.#control === 0) {
      if (this.#assembledLength + length > this.#maxMessageBytes) {
        throw new WebSocketError(`message longer than ${this.#maxMessageBytes} bytes`, "§7.4.1", 1009);
      }
      if (opcode !== OPCODE.continuation) this.#message = opcode;
    }
    // A signed integer, which V8 keeps in the field itself; an unsigned one can be too large for that.
    this.#mask = this.#masked ? readUint32(bytes, at) | 0 : 0;
    this.#final = first >= 0x80;
    this.#left = length;
    this.#inFrame = true;
    this.#queue.start = headerEnd;
    return true;
  }

  /** Everything that the first two bytes can have wrong, found before the rest of the header has come. */
  #checkFirstBytes(first: number, second: number): void {
    if (first & 0x70) throw new WebSocketError("reserved bits are set", "§5.2");
    if (second >= 0x80 !== this.#masked) {
      throw new WebSocketError(this.#masked ? "frame is not masked" : "frame is masked", "§5.1");
    }
    const opcode = first & 0x0f;
    switch (opcode) {
      case OPCODE.continuation:
        if (this.#message === 0) throw new WebSocketError("continuation of no message", "§5.4");
        return;
      case OPCODE.text:
      case OPCODE.binary:
        if (this.#message !== 0) throw new WebSocketError("new message within a fragmented one", "§5.4");
        return;
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        if (first < 0x80) throw new WebSocketError("fragmented control frame", "§5.5");
        if ((second & 0x7f) > MAX_CONTROL_BYTES) throw new WebSocketError("control frame too long", "§5.5");
        return;
      default:
        throw new WebSocketError(`reserved opcode ${opcode}`, "§5.2");
    }
  }

  #takeControl(): WebSocketUnit {
    const data = this.#consume(this.#left);
    this.#inFrame = false;
    if (this.#control === OPCODE.ping) return { kind: "ping", data };
    if (this.#control === OPCODE.pong) return { kind: "pong", data };
    this.#closed = true;
    const { code, reason } = decodeClosePayload(data);
    return { kind: "close", code, reason };
  }

  #takeWholeMessage(): WebSocketUnit {
    const data = this.#consume(this.#left);
    const kind = this.#message === OPCODE.text ? "text" : "binary";
    if (kind === "text") this.#checkText(data, true);
    this.#inFrame = false;
    this.#message = 0;
    return { kind, data };
  }

  #takeAssembledMessage(): WebSocketUnit {
    const kind = this.#message === OPCODE.text ? "text" : "binary";
    if (kind === "text") this.#checkText(NOTHING, true);
    const data = this.#assembled.subarray(0, this.#assembledLength);
    this.#assembled = NOTHING;
    this.#assembledLength = 0;
    this.#message = 0;
    return { kind, data };
  }

  /** Moves what has come of a data frame behind what came of its message before. */
  #assemble(): void {
    const part = this.#consume(Math.min(this.#queue.length, this.#left));
    if (this.#message === OPCODE.text) this.#checkText(part, false);
    const length = this.#assembledLength + part.length;
    if (length > this.#assembled.length) {
      // Twice what has arrived, so that copying stays linear, but no more than the message can become.
      const most = this.#final ? length + this.#left : this.#maxMessageBytes;
      const grown = new Uint8Array(Math.min(2 * length, most));
      grown.set(this.#assembled.subarray(0, this.#assembledLength));
      this.#assembled = grown;
    }
    this.#assembled.set(part, this.#assembledLength);
    this.#assembledLength = length;
  }

  /** The next bytes of the frame's payload, unmasked where they lie. */
  #consume(count: number): Uint8Array {
    const { bytes, start } = this.#queue;
    const end = start + count;
    if (this.#masked) {
      this.#ascii = applyMask(bytes, start, end, this.#mask);
      this.#mask = rotateMask(this.#mask, count);
    }
    this.#queue.start = end;
    this.#left -= count;
    // Not `subarray`: on a Buffer that makes another Buffer, at twice the price.
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, count);
  }

  /** Checks the text in the `part` consumed last, and at the message's end that no character is left unfinished. */
  #checkText(part: Uint8Array, last: boolean): void {
    if (this.#ascii && this.#utf8.complete) return;
    if (!this.#utf8.push(part, 0, part.length) || (last && !this.#utf8.complete)) {
      throw new WebSocketError("text is not UTF-8", "§8.1", 1007);
    }
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return (bytes[at] as number) * 0x100_0000 + low;
}
