import type { Entry } from "../broker/broker.ts";
import { decodeUtf8, encodeUtf8Into } from "../protocol/text.ts";
import type { RoomEntry } from "../runtime/room.ts";

/** An entry of a log, as history gives it. */
export class HistoryEntry implements RoomEntry {
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  get offset(): number {
    return this.#entry.offset;
  }

  get at(): number {
    return this.#entry.at;
  }

  get isText(): boolean {
    return typeof this.#entry.payload === "string";
  }

  text(): string {
    const { payload } = this.#entry;
    return typeof payload === "string" ? payload : decodeUtf8(payload, 0, payload.length);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const { payload, byteLength } = this.#entry;
    if (typeof payload !== "string") return new Uint8Array(payload);
    const bytes = new Uint8Array(byteLength);
    encodeUtf8Into(payload, bytes, 0);
    return bytes;
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}
