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
  readonly #random: () => number;
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #maxAttempts: number;
  #failures = 0;

  constructor(random: () => number, options: BackoffOptions = {}) {
    this.#random = random;
    this.#firstMs = options.firstMs ?? 100;
    this.#maxMs = options.maxMs ?? 30_000;
    this.#maxAttempts = options.maxAttempts ?? Number.POSITIVE_INFINITY;
  }

  /** A dial failed, or a connection was lost: how long to wait, or `undefined` to give up. */
  next(): number | undefined {
    this.#failures += 1;
    if (this.#failures > this.#maxAttempts) return undefined;
    return this.#random() * Math.min(this.#maxMs, this.#firstMs * 2 ** (this.#failures - 1));
  }

  /** A dial succeeded. */
  reset(): void {
    this.#failures = 0;
  }
}
