import { Program } from "../programs/program.ts";
import { BOWLINE } from "./bowline.ts";
import { Screen } from "./screen.ts";

const COLUMNS = 60;

/** `bowline` at a terminal of its own, with somebody who types and looks. Needs python3, which has terminals to give. */
export class Pty implements AsyncDisposable {
  readonly #program: Program;

  constructor(args: readonly string[]) {
    const command = [process.execPath, BOWLINE, ...args].map((word) => `'${word}'`).join(" ");
    const shell = `stty cols ${COLUMNS} rows 24; exec ${command}`;
    this.#program = new Program("python3", ["-c", SPAWN, "sh", "-c", shell], { TERM: "xterm" });
  }

  type(text: string): void {
    this.#program.write(text);
  }

  get rows(): readonly string[] {
    const screen = new Screen(COLUMNS);
    screen.write(this.#program.stdout);
    return screen.rows;
  }

  /** Waits until the last rows on the screen are these; a pattern stands for a row that matches it. */
  async see(...expected: readonly (string | RegExp)[]): Promise<void> {
    for (;;) {
      const rows = this.rows.slice(-expected.length);
      const isThere = expected.every((row, index) =>
        typeof row === "string" ? rows[index] === row : row.test(rows[index] ?? ""),
      );
      if (isThere) return;
      await this.#program.output().catch((error: Error) => {
        throw new Error(`expected ${expected.join(" | ")}, but saw:\n${this.rows.join("\n")}\n${error.message}`);
      });
    }
  }

  exited(): Promise<number | null> {
    return this.#program.exited();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}

/** Runs a command in a new terminal; ends as it does. */
const SPAWN = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;
