import { type Recorded, Recorder } from "../runtime/recorder.ts";
import type { ClientMachine } from "../session/client-machine.ts";
import { type ClientSnapshot, onKept, restore, snapshotOf } from "../session/client-snapshot.ts";
import type { OpenStore, Store } from "./store.ts";

/** Keeps what a machine, which has not dialed yet, goes on with, and what becomes of it. */
export type Keep = (machine: ClientMachine, onFailed: (error: unknown) => void) => Keeper;

/** Takes the store for one session; `undefined` while another one has it. */
export async function open(store: Store): Promise<Keep | undefined> {
  const opened = await store.open();
  return opened && ((machine, onFailed) => new Keeper(opened, machine, onFailed));
}

/** Keeps a session in a store: nothing of it leaves before the store has it. Pages load this when they first keep one. */
export class Keeper implements Recorded<ClientSnapshot> {
  readonly #store: OpenStore;
  readonly #machine: ClientMachine;
  readonly #onFailed: (error: unknown) => void;
  readonly #recorder = new Recorder(this);

  /** Makes the machine, which has not dialed yet, go on with the session that is in the store, if there is one. */
  constructor(store: OpenStore, machine: ClientMachine, onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#machine = machine;
    this.#onFailed = onFailed;
    if (store.snapshot) restore(machine, store.snapshot);
    this.onCommitted(this.record());
  }

  /** The session changed. */
  changed(): void {
    this.#recorder.changed();
  }

  record(): ClientSnapshot {
    return snapshotOf(this.#machine);
  }

  write(snapshot: ClientSnapshot): Promise<void> {
    return this.#store.write(snapshot);
  }

  onCommitted(snapshot: ClientSnapshot | undefined): void {
    onKept(this.#machine, snapshot);
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
