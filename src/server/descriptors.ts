/** Files that a server has open besides its connections: the broker's, the listener's, those of who embeds it. */
const LEAST_RESERVE = 32;
const RESERVE_SHARE = 0.05;

/**
 * How many connections the process can hold and still open a file.
 *
 * When descriptors run out, the system's library accepts connections only to close them, and tells nobody. So the
 * listener has to stop before.
 */
export function connectionCapacity(limit = processLimit()): number {
  if (limit === Number.POSITIVE_INFINITY) return limit;
  return limit - Math.max(LEAST_RESERVE, Math.ceil(limit * RESERVE_SHARE));
}

let known: number | undefined;

/** How many files the process may have open; `Infinity` where there is no such limit. Asked once, since it takes long. */
function processLimit(): number {
  known ??= readLimit();
  return known;
}

function readLimit(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}
