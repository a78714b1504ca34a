#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { chat } from "./chat.ts";
import { type Command, helpOf, table } from "./command.ts";
import { connect } from "./connect.ts";
import { Failure, UsageError } from "./failure.ts";
import { serve } from "./serve.ts";

const COMMANDS: readonly Command[] = [chat, serve, connect];

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<number> {
  const command = COMMANDS.find((known) => known.name === name);
  try {
    if (name === "--version") console.log(version());
    else if (name === "--help" || name === "help") console.log(overview());
    else if (command === undefined)
      throw new UsageError(name === undefined ? "what should it do?" : `there is no command ${name}`);
    else if (args.includes("--help")) console.log(helpOf(command));
    else await command.run(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bowline: ${error.message}\nSee: bowline ${command === undefined ? "" : `${command.name} `}--help`);
      return 2;
    }
    // Anything else is a mistake of ours, and its stack is what a report of it needs.
    console.error(error instanceof Failure ? `bowline: ${error.message}` : error);
    return 1;
  }
}

function overview(): string {
  const rows = COMMANDS.map(
    ({ name, operands, summary }) => [`bowline ${name} ${operands}`.trimEnd(), summary] as const,
  );
  return `Two-way sessions that hold.

${table(rows)}

  bowline COMMAND --help lists a command's options; each is also an environment variable.
  bowline --version prints the version.`;
}

function version(): string {
  const path = new URL("../../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return version;
}
