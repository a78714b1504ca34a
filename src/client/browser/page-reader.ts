import type { FrameReader } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import { readVarint } from "../../protocol/read-varint.ts";
import { decodeUtf8 } from "../../protocol/text.ts";

/** Reads frames, or the fields of one, from what arrived. Servers read many connections' bytes; a page wants it small. */
export class PageReader implements FrameReader {
  position = 0;
  readonly #source: Uint8Array;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  get remaining(): number {
    return this.#source.length - this.position;
  }

  byte(): number {
    return this.bytes(1)[0] as number;
  }

  varint(): number {
    return readVarint(this);
  }

  string(): string {
    return decodeUtf8(this.bytes(this.varint()));
  }

  bytes(count: number): Uint8Array {
    const start = this.position;
    this.position += count;
    if (this.remaining < 0) throw new ProtocolError("Frame ends inside a field", "§5.5");
    return this.#source.subarray(start, this.position);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }
}
