import type { FrameWriter } from "../../protocol/bytes.ts";

const encoder = new TextEncoder();
const LEAST_BYTES = 1_024;

/** Writes frames. Servers share memory between thousands of writers; a page has one, and wants it small. */
export class PageWriter implements FrameWriter {
  length = 0;
  #bytes = new Uint8Array(LEAST_BYTES);
  #frameStart = 0;

  byte(value: number): void {
    this.#room(1)[this.length++] = value;
  }

  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  string(text: string): void {
    const bytes = encoder.encode(text);
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  payload(payload: string | Uint8Array): void {
    this.bytes(typeof payload === "string" ? encoder.encode(payload) : payload);
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

  #room(count: number): Uint8Array<ArrayBuffer> {
    if (this.length + count > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.length + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}
