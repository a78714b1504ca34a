/**
 * A promise that also rejects when the signal aborts, with its reason; then what `start` returned is called. It is never
 * an unhandled rejection: a forgotten `await` must not end the process.
 */
export function abortable<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | undefined,
): Promise<T> {
  const promise = begin(signal, start);
  promise.catch(() => {});
  return promise;
}

async function begin<T>(signal: AbortSignal | undefined, start: Parameters<typeof abortable<T>>[1]): Promise<T> {
  signal?.throwIfAborted();
  let abort = (): void => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const stop = start(resolve, reject);
      abort = () => {
        stop?.();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort);
    });
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
