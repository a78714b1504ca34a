const BEATS = 0;
const ANSWERS = 1;
const ANSWER_MS = 5;

/** Signs of life of a thread, which can be read from outside although it hangs; and answers that it stands still for. */
export class Pulse {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** Turns of the thread's event loop in which it has said that it lives. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  beat(): void {
    Atomics.add(this.#cells, BEATS, 1);
  }

  /** Answers so far. */
  get answers(): number {
    return Atomics.load(this.#cells, ANSWERS);
  }

  /** An answer is there. */
  answer(): void {
    Atomics.add(this.#cells, ANSWERS, 1);
    Atomics.notify(this.#cells, ANSWERS);
  }

  /** Stands still until there is an answer after these, or for a moment: what asks may still wait for room itself. */
  waitForAnswer(answers: number): void {
    Atomics.wait(this.#cells, ANSWERS, answers, ANSWER_MS);
  }
}
