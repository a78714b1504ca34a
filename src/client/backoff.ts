export interface BackoffOptions {
  /** The longest wait before the first try; every further failure doubles it. Default 100 ms. */
  readonly firstMs?: number | undefined;
  /** What the longest wait grows to. Default 30 s. */
  readonly maxMs?: number | undefined;
  /** Failures in a row after which the session is given up. Default: never. */
  readonly maxAttempts?: number | undefined;
}

/**
 * How long to wait before the next dial, or `undefined` to give up. `failures` are the dials that failed and the connections
 * that were lost before, since a dial succeeded; `random` is from 0 up to 1.
 *
 * It is anything from nothing to a bound that doubles ("full jitter"), so that the clients of a server that restarts come back
 * spread out.
 */
export function backoffMs(
  failures: number,
  random: number,
  { firstMs = 100, maxMs = 30_000, maxAttempts = Number.POSITIVE_INFINITY }: BackoffOptions = {},
): number | undefined {
  return failures < maxAttempts ? random * Math.min(maxMs, firstMs * 2 ** failures) : undefined;
}
