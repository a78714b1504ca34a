/**
 * A promise that also rejects when the signal aborts, with its reason; then what `start` returned is called. It is never
 * an unhandled rejection: a forgotten `await` must not end the process.
 */
export function abortable<T>(
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | undefined,
  signal?: AbortSignal,
): Promise<T> {
  let abort = (): void => {};
  const promise = new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = start(resolve, reject);
    abort = () => {
      stop?.();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort);
  });
  promise.finally(() => signal?.removeEventListener("abort", abort)).catch(() => {});
  return promise;
}
