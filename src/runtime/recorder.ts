/** What has to be on record before anything that depends on it may leave. */
export interface Recorded<Record> {
  /** Everything, as it is now. */
  record(): Record;
  write(record: Record): Promise<void>;
  onCommitted(record: Record): void;
  onWriteFailed(error: unknown): void;
}

/**
 * Keeps the record of one session: whole, in order, one write at a time.
 *
 * Whatever changes while a write is under way goes into the next one, so a busy session costs as many writes as the
 * store can take, and no more.
 */
export class Recorder<Record> {
  readonly #recorded: Recorded<Record>;
  #isDirty = false;
  #isFinished = false;
  #writing: Promise<void> | undefined;

  constructor(recorded: Recorded<Record>) {
    this.#recorded = recorded;
  }

  /** Something that the record holds has changed. */
  changed(): void {
    if (this.#isFinished) return;
    this.#isDirty = true;
    this.#writing ??= this.#write();
  }

  /** No more records: the last words come next, after the write that is under way. */
  async finish(lastWords: () => Promise<void>): Promise<void> {
    this.#isFinished = true;
    await this.#writing;
    await lastWords();
  }

  async #write(): Promise<void> {
    // After this turn: everything that it changes goes into one record.
    await undefined;
    while (this.#isDirty && !this.#isFinished) {
      this.#isDirty = false;
      const record = this.#recorded.record();
      try {
        await this.#recorded.write(record);
        if (!this.#isFinished) this.#recorded.onCommitted(record);
      } catch (error) {
        this.#recorded.onWriteFailed(error);
      }
    }
    this.#writing = undefined;
  }
}
