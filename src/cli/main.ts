#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { type Command, helpOf, table } from "./command.ts";
import { Failure, UsageError } from "./failure.ts";

/** Each is loaded when it is asked for: a client has no need of the server. */
const COMMANDS: { readonly [name: string]: () => Promise<Command> } = {
  chat: async () => (await import("./chat.ts")).chat,
  serve: async () => (await import("./serve.ts")).serve,
  connect: async () => (await import("./connect.ts")).connect,
  export: async () => (await import("./export.ts")).exportRoom,
  import: async () => (await import("./import.ts")).importEntries,
  backup: async () => (await import("./backup.ts")).backup,
  bench: async () => (await import("./bench.ts")).bench,
};

const { stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2));
// What a command that failed has left open is not worth waiting for: a server that does not hang up, for example.
if (process.exitCode !== 0 && stdout.writableLength + stderr.writableLength === 0) process.exit();

async function main([name, ...args]: readonly string[]): Promise<number> {
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (name === "--version") console.log(version());
    else if (isHelp(name) || name === "help") console.log(await overview());
    else if (load === undefined)
      throw new UsageError(name === undefined ? "what should it do?" : `there is no command ${name}`);
    else if (args.some(isHelp)) console.log(helpOf(await load()));
    else await (await load()).run(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bowline: ${error.message}\nSee: bowline ${load === undefined ? "" : `${name} `}--help`);
      return 2;
    }
    // Anything else is a mistake of ours, and its stack is what a report of it needs.
    console.error(error instanceof Failure ? `bowline: ${error.message}` : error);
    return 1;
  }
}

function isHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const rows = commands.map(
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
