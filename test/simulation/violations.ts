/** The promises that were broken in one run: each once, with the first example. */
export class Violations {
  readonly #found = new Map<string, string>();

  add(promise: string, example = ""): void {
    if (!this.#found.has(promise)) this.#found.set(promise, example);
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  toString(): string {
    return [...this.#found].map(([promise, example]) => `  ${promise} [${example}]`).join("\n");
  }
}
