import { type Options, variableOf } from "./options.ts";

/** One of the things that `bowline` does. */
export interface Command {
  readonly name: string;
  /** What stands for the arguments that are no options. */
  readonly operands: string;
  readonly summary: string;
  readonly options: Options;
  /** Resolves when the command has ended normally. */
  run(args: readonly string[]): Promise<void>;
}

/** What `bowline COMMAND --help` prints. */
export function helpOf(command: Command): string {
  const usage = ["bowline", command.name, command.operands, "[options]"].filter((word) => word !== "").join(" ");
  const rows = Object.entries(command.options).map(([name, { value, summary }]) => {
    const flag = value === undefined ? `--${name}` : `--${name} ${value}`;
    return [flag, `${summary} (${variableOf(name)})`] as const;
  });
  return `${command.summary}\n\n  ${usage}\n\n${table([...rows, ["--help", "prints this"]])}\n`;
}

/** Two columns, the second aligned. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join("\n");
}
