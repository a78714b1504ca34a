import type { FieldWriter } from "../../protocol/bytes.ts";
import { encodeUtf8 } from "../../protocol/text.ts";

/** Above this, a batch of frames goes as several WebSocket messages; a longer frame goes alone. */
const MOST_BATCH_BYTES = 65_536;

type Socket = Pick<WebSocket, "send" | "close">;
type Bytes = ArrayLike<number>;

/** Writes frames. Servers share memory between thousands of writers; a page has one, and wants it small. */
export class PageWriter implements FieldWriter {
  length = 0;
  protected readonly socket: Socket;
  #frames: Bytes[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /**
   * A WebSocket message counts only when all of it has arrived. With a whole window in one, a line that breaks before the
   * end would begin again for ever; in pieces, it comes further each time.
   */
  frame(type: number, fields: readonly (number | string | Uint8Array)[]): void {
    const frame = prefixed(joined([[type], ...fields.map(bytesOf)]));
    if (this.length + frame.length > MOST_BATCH_BYTES) this.send();
    this.#frames.push(frame);
    this.length += frame.length;
  }

  /** Sends what was written. */
  send(): void {
    if (this.length) this.socket.send(joined(this.#frames));
    this.#frames = [];
    this.length = 0;
  }
}

function bytesOf(field: number | string | Uint8Array): Bytes {
  if (typeof field === "number") return varint(field);
  return typeof field === "string" ? prefixed(encodeUtf8(field)) : field;
}

/** With their length before them. */
function prefixed(bytes: Bytes): Uint8Array {
  return joined([varint(bytes.length), bytes]);
}

/** LEB128, in its shortest form. */
function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

function joined(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
