import { styleText } from "node:util";

const WIDTH = 30;
/** Faster than this nobody sees it. */
const REDRAW_MS = 100;

/** A bar on standard error, while it is a terminal: standard output is for what the command gives. */
export class Progress {
  readonly #what: string;
  readonly #isShown = process.stderr.isTTY;
  #drawnAt = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** So many of so many. */
  show(done: number, all: number): void {
    const now = performance.now();
    if (!this.#isShown || (done < all && now - this.#drawnAt < REDRAW_MS)) return;
    this.#drawnAt = now;
    const part = all === 0 ? 1 : Math.min(1, done / all);
    const full = Math.round(part * WIDTH);
    const bar = styleText("green", "━".repeat(full)) + styleText("dim", "━".repeat(WIDTH - full));
    process.stderr.write(`\r${this.#what} ${bar} ${Math.floor(part * 100)}%\u001b[K`);
  }

  /** The line is free again. */
  end(): void {
    if (this.#isShown && this.#drawnAt > 0) process.stderr.write("\r\u001b[K");
  }
}
