import type { ClientCore } from "../runtime/client-core.ts";
import { type Recorded, Recorder } from "../runtime/recorder.ts";
import type { ClientSnapshot } from "../session/client-machine.ts";
import type { OpenStore } from "./store.ts";

/** Keeps a session in a store: nothing of it leaves before the store has it. */
export class Keeper implements Recorded<ClientSnapshot> {
  readonly #store: OpenStore;
  readonly #core: ClientCore;
  readonly #onFailed: (error: unknown) => void;
  readonly #recorder = new Recorder(this);

  constructor(store: OpenStore, core: ClientCore, onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#core = core;
    this.#onFailed = onFailed;
    this.onCommitted(this.record());
  }

  /** The session changed. */
  changed(): void {
    this.#recorder.changed();
  }

  record(): ClientSnapshot {
    return this.#core.machine.snapshot();
  }

  write(snapshot: ClientSnapshot): Promise<void> {
    return this.#store.write(snapshot);
  }

  onCommitted(snapshot: ClientSnapshot): void {
    this.#tell(snapshot);
  }

  /** Better a session that does not survive a reload than one that stands still, or comes back as it was. */
  onWriteFailed(error: unknown): void {
    this.#onFailed(error);
    this.#tell(undefined);
    this.forget();
  }

  #tell(snapshot: ClientSnapshot | undefined): void {
    const { machine, env } = this.#core;
    machine.onKept(snapshot, env.clock.now());
  }

  /** The session has ended: there is nothing to go on with. */
  forget(): void {
    this.#finish(() => this.#store.write(undefined));
  }

  /** Another `connect` may go on with the session. */
  leave(): void {
    this.#finish(async () => {});
  }

  #finish(lastWords: () => Promise<void>): void {
    void this.#recorder
      .finish(lastWords)
      .catch(this.#onFailed)
      .then(() => this.#store.close());
  }
}
