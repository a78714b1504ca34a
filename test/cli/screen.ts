/** What somebody sees who looks at a terminal: enough of one for what line editors write. */
export class Screen {
  readonly #columns: number;
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The rows that are not blank, without what is blank at their ends. */
  get rows(): readonly string[] {
    return this.#rows
      .map((row) =>
        Array.from(row, (cell) => cell ?? " ")
          .join("")
          .trimEnd(),
      )
      .filter((row) => row !== "");
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what steers a terminal.
    for (const [piece, count, command] of text.matchAll(/\u001b\[(\d*)([A-Za-z])|[^\u001b]/gsu)) {
      if (command === undefined) this.#put(piece);
      else this.#obey(command, count === "" ? undefined : Number(count));
    }
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#moveTo(this.#row + 1);
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character >= " ") {
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#moveTo(this.#row + 1);
      }
      (this.#rows[this.#row] as string[])[this.#column] = character;
      this.#column += 1;
    }
  }

  #obey(command: string, count = command === "J" || command === "K" ? 0 : 1): void {
    if (command === "A") this.#moveTo(this.#row - count);
    else if (command === "B") this.#moveTo(this.#row + count);
    else if (command === "C") this.#column = Math.min(this.#columns - 1, this.#column + count);
    else if (command === "D") this.#column = Math.max(0, this.#column - count);
    else if (command === "G") this.#column = count - 1;
    else if ((command === "J" || command === "K") && count === 0) {
      (this.#rows[this.#row] as string[]).length = Math.min(this.#column, (this.#rows[this.#row] as string[]).length);
      if (command === "J") this.#rows.length = this.#row + 1;
    }
  }

  #moveTo(row: number): void {
    this.#row = Math.max(0, row);
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }
}
