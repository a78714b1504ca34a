import { TokenBucket } from "../session/token-bucket.ts";

/** A client that was never within the limit for so long is sent away. */
const PATIENCE_MS = 10_000;

/** Slows a plain client down to `messagesPerSecond`: what it sends beyond that is left unread until it has paid. */
export class RateLimit {
  /** How long to leave a client alone that was sent away. */
  static readonly retryAfterMs = PATIENCE_MS;
  /** When the next token is there, and reading goes on; `Infinity` while nothing waits for one. */
  resumeAt = Number.POSITIVE_INFINITY;
  readonly #bucket: TokenBucket;
  #limitedSince = Number.POSITIVE_INFINITY;

  constructor(perSecond: number, now: number) {
    this.#bucket = new TokenBucket(perSecond, now);
  }

  /** A message came. False: it is to be paid for at `resumeAt`. */
  pay(now: number): boolean {
    const isPaid = this.#take(now);
    this.#limitedSince = isPaid ? Number.POSITIVE_INFINITY : Math.min(this.#limitedSince, now);
    return isPaid;
  }

  /** What came last is paid for now. It does not count as being within the limit: there may be more at once. */
  payLater(now: number): boolean {
    return this.#take(now);
  }

  #take(now: number): boolean {
    const waitMs = this.#bucket.take(now);
    this.resumeAt = waitMs === 0 ? Number.POSITIVE_INFINITY : now + waitMs;
    return waitMs === 0;
  }

  /** Whether the client was above the limit for longer than anybody waits. */
  isExceeded(now: number): boolean {
    return now - this.#limitedSince >= PATIENCE_MS;
  }
}
