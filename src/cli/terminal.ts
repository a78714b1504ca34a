import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import { linesOf } from "./input-lines.ts";

/** Where somebody types and reads; or, when it is piped, where a program does. */
export interface Terminal {
  readonly isInteractive: boolean;
  /** Shows a line. What is being typed stays as it is. */
  print(line: string): void;
  /** What stands before that which is being typed. */
  setPrompt(prompt: string): void;
  /** What was typed, line by line, until its end. */
  readonly lines: AsyncIterable<string>;
  /** Nothing is read any more. */
  close(): void;
}

export function openTerminal(): Terminal {
  const { stdin, stdout } = process;
  return stdin.isTTY && stdout.isTTY ? new InteractiveTerminal() : new PipedTerminal();
}

class InteractiveTerminal implements Terminal {
  readonly isInteractive = true;
  readonly lines: AsyncIterable<string>;
  readonly #interface: Interface;
  #isClosed = false;

  constructor() {
    this.#interface = createInterface({ input: process.stdin, output: process.stdout, historySize: 1_000 });
    // Begins to listen at once: what comes before somebody asks for it waits.
    const typed = this.#interface[Symbol.asyncIterator]();
    this.lines = { [Symbol.asyncIterator]: () => typed };
    this.#interface.on("line", () => this.#interface.prompt());
    this.#interface.once("close", () => {
      this.#isClosed = true;
      process.stdout.write("\n");
    });
    // As at the end of the input: what was typed so far is dropped.
    this.#interface.on("SIGINT", () => this.close());
  }

  print(line: string): void {
    if (this.#isClosed) {
      process.stdout.write(`${line}\n`);
      return;
    }
    moveCursor(process.stdout, 0, -this.#interface.getCursorPos().rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    process.stdout.write(`${line}\n`);
    // The editor goes up by as many rows as it drew last time; now it begins on this one.
    Object.assign(this.#interface, { prevRows: 0 });
    this.#interface.prompt(true);
  }

  setPrompt(prompt: string): void {
    if (this.#isClosed || prompt === this.#interface.getPrompt()) return;
    this.#interface.setPrompt(prompt);
    this.#interface.prompt(true);
  }

  close(): void {
    this.#interface.close();
  }
}

class PipedTerminal implements Terminal {
  readonly isInteractive = false;
  readonly lines = linesOf(process.stdin);

  print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  setPrompt(): void {}

  close(): void {
    // A pipe that is open at its other end would keep the process waiting.
    process.stdin.destroy();
  }
}
