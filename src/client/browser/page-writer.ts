import type { FrameWriter } from "../../protocol/bytes.ts";
import { encodeUtf8 } from "../../protocol/text.ts";

const LEAST_BYTES = 1_024;

/** Writes frames. Servers share memory between thousands of writers; a page has one, and wants it small. */
export class PageWriter implements FrameWriter {
  length = 0;
  #bytes = new Uint8Array(LEAST_BYTES);
  #frameStart = 0;

  byte(value: number): void {
    this.bytes([value]);
  }

  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  string(text: string): void {
    const bytes = encodeUtf8(text);
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  bytes(bytes: ArrayLike<number>): void {
    const end = this.length + bytes.length;
    if (end > this.#bytes.length) {
      const written = this.#bytes;
      this.#bytes = new Uint8Array(2 * end);
      this.#bytes.set(written);
    }
    this.#bytes.set(bytes, this.length);
    this.length = end;
  }

  /** Clients keep what they send as bytes. */
  payload(payload: Uint8Array): void {
    this.bytes(payload);
  }

  beginFrame(type: number): void {
    this.#frameStart = this.length;
    this.byte(type);
  }

  endFrame(): void {
    const frame = this.#bytes.slice(this.#frameStart, this.length);
    this.length = this.#frameStart;
    this.varint(frame.length);
    this.bytes(frame);
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}
