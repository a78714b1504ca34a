export interface BackoffOptions {
  /** The longest wait before the first try; every further failure doubles it. Default 100 ms. */
  readonly firstMs?: number | undefined;
  /** What the longest wait grows to. Default 30 s. */
  readonly maxMs?: number | undefined;
  /** Failures in a row after which the session is given up. Default: never. */
  readonly maxAttempts?: number | undefined;
}

/**
 * How long to wait before the next dial: anything from nothing to a bound that doubles ("full jitter"), so that the
 * clients of a server that restarts come back spread out.
 */
export class Backoff {
  /** Dials that failed and connections that were lost since a dial succeeded. */
  failures = 0;
  readonly #random: () => number;
  readonly #options: BackoffOptions;

  constructor(random: () => number, options: BackoffOptions = {}) {
    this.#random = random;
    this.#options = options;
  }

  /** A dial failed, or a connection was lost: how long to wait, or `undefined` to give up. */
  next(): number | undefined {
    const { firstMs = 100, maxMs = 30_000, maxAttempts = Number.POSITIVE_INFINITY } = this.#options;
    const longestMs = Math.min(maxMs, firstMs * 2 ** this.failures);
    this.failures += 1;
    return this.failures > maxAttempts ? undefined : this.#random() * longestMs;
  }
}
