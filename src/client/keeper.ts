import { type Recorded, Recorder } from "../runtime/recorder.ts";
import type { ClientMachine, ClientSnapshot } from "../session/client-machine.ts";
import type { OpenStore } from "./store.ts";

/** Keeps a session in a store: nothing of it leaves before the store has it. */
export class Keeper implements Recorded<ClientSnapshot> {
  readonly #store: OpenStore;
  readonly #machine: ClientMachine;
  readonly #onFailed: (error: unknown) => void;
  readonly #recorder = new Recorder(this);

  constructor(store: OpenStore, machine: ClientMachine, onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#machine = machine;
    this.#onFailed = onFailed;
    this.onCommitted(this.record());
  }

  /** The session changed. */
  changed(): void {
    this.#recorder.changed();
  }

  record(): ClientSnapshot {
    return this.#machine.snapshot();
  }

  write(snapshot: ClientSnapshot): Promise<void> {
    return this.#store.write(snapshot);
  }

  onCommitted(snapshot: ClientSnapshot | undefined): void {
    this.#machine.onKept(snapshot);
  }

  /** Better a session that does not survive a reload than one that stands still, or comes back as it was. */
  onWriteFailed(error: unknown): void {
    this.#onFailed(error);
    this.onCommitted(undefined);
    this.finish(true);
  }

  /** The session has ended, and there is nothing to go on with (`forgets`); or another `connect` may go on with it. */
  finish(forgets: boolean): void {
    void this.#recorder
      .finish(async () => {
        if (forgets) await this.#store.write(undefined);
      })
      .catch(this.#onFailed)
      .then(() => this.#store.close());
  }
}
