import type { FrameWriter } from "../protocol/bytes.ts";
import { writePing } from "../protocol/frames/ping.ts";
import type { Limits } from "./limits.ts";
import type { SendStream } from "./send-stream.ts";

/** What a PING carries whose PONG is a receipt. The heartbeat's is empty. */
const RECEIPT = Uint8Array.of(1);

/**
 * Learns which replies have arrived, so that they need not be kept.
 *
 * A reply is of use to the request that awaits it, on arrival, and to nobody later. But its acknowledgement waits for what
 * was sent before it, and a client may leave that unread for as long as it likes while it makes one request after the
 * other. PONGs wait for nothing: they tell what has arrived.
 */
export class ReplyReceipts {
  readonly #sending: SendStream;
  readonly #limits: Limits;
  /** The number that is asked about on this connection; 0: none is. */
  #asked = 0;
  #arrived = 0;

  constructor(sending: SendStream, limits: Limits) {
    this.#sending = sending;
    this.#limits = limits;
  }

  /** A new connection; everything up to `received` has arrived on earlier ones. */
  attach(received: number): void {
    this.#asked = 0;
    this.#arrive(received);
  }

  /** Asks, when half a window of replies is kept, whether what was written up to `wired` has arrived. */
  ask(writer: FrameWriter, wired: number): void {
    const { replies, replyBytes } = this.#sending;
    const isHalf = replies * 2 >= this.#limits.windowMessages || replyBytes * 2 >= this.#limits.windowBytes;
    if (!isHalf || this.#asked !== 0 || wired <= this.#arrived) return;
    this.#asked = wired;
    writePing(writer, RECEIPT);
  }

  /** A PONG; false: it is none of these. */
  onPong(data: Uint8Array): boolean {
    if (data.length !== RECEIPT.length || this.#asked === 0) return false;
    this.#arrive(this.#asked);
    this.#asked = 0;
    return true;
  }

  #arrive(sequence: number): void {
    this.#arrived = sequence;
    if (this.#sending.replies > 0) this.#sending.forgetReplies(sequence);
  }
}
