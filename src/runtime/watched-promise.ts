/**
 * A promise that knows whether anybody waits for it.
 *
 * `await`, `then`, `catch`, `finally` and the likes of `Promise.all` all come by `then`: who called it is told of a
 * failure, or passes it on to a promise of their own. So a failure is nobody's exactly when JavaScript itself would call
 * the rejection unhandled: when nobody has called `then` by the time the turn is over in which it failed.
 */
export class WatchedPromise<T> extends Promise<T> {
  #isWatched = false;

  // What `then` gives is an ordinary promise.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Whether somebody has asked to be told. */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  // biome-ignore lint/suspicious/noThenProperty: seeing who calls it is the purpose.
  override then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#isWatched = true;
    return super.then(onFulfilled, onRejected);
  }

  /** A rejection that nobody handles must not end the process. */
  quiet(): this {
    super.then(undefined, ignore);
    return this;
  }
}

function ignore(): void {}
