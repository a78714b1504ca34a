import type { SessionRecord } from "../session/record.ts";
import type { Diagnostic, SessionStore } from "./ports.ts";

/** The session whose record is kept. */
interface Recorded {
  readonly id: string;
  readonly env: { emit(event: Diagnostic): void };
  record(): SessionRecord;
  onCommitted(record: SessionRecord): void;
}

/**
 * Keeps the record of one durable session: whole, in order, one write at a time.
 *
 * Whatever changes while a write is under way goes into the next one, so a busy session costs as many writes as the
 * store can take, and no more.
 */
export class Recorder {
  readonly #session: Recorded;
  readonly #store: SessionStore;
  readonly #keepMs: number;
  #isDirty = false;
  #isFinished = false;
  #writing: Promise<void> | undefined;

  constructor(session: Recorded, store: SessionStore, keepMs: number) {
    this.#session = session;
    this.#store = store;
    this.#keepMs = keepMs;
  }

  /** Something that the record holds has changed. */
  changed(): void {
    if (this.#isFinished) return;
    this.#isDirty = true;
    this.#writing ??= this.#write();
  }

  /** No more records: the tombstone comes next, after the write that is under way. */
  async finish(bury: () => Promise<void>): Promise<void> {
    this.#isFinished = true;
    await this.#writing;
    await bury();
  }

  async #write(): Promise<void> {
    // After this turn: everything that it changes goes into one record.
    await undefined;
    while (this.#isDirty && !this.#isFinished) {
      this.#isDirty = false;
      const record = this.#session.record();
      try {
        await this.#store.put(record.id, { kind: "record", record }, this.#keepMs);
        if (!this.#isFinished) this.#session.onCommitted(record);
      } catch (error) {
        // Nothing that depends on it leaves. The next change tries again.
        this.#session.env.emit({ name: "store-error", sessionId: this.#session.id, error });
      }
    }
    this.#writing = undefined;
  }
}
