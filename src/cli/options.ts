import { type ParseArgsConfig, parseArgs } from "node:util";
import { unknownOption } from "../runtime/option-names.ts";
import { UsageError } from "./failure.ts";

/** An option of a command: a switch, or, with the name of its value, something given. */
interface Option {
  readonly value?: string;
  readonly summary: string;
}

export type Options = { readonly [name: string]: Option };

/** What was given on the command line, or else in the environment. */
export type Values<Given extends Options> = {
  readonly [Name in keyof Given]: (Given[Name] extends { readonly value: string } ? string : true) | undefined;
};

export interface Arguments<Given extends Options> {
  readonly values: Values<Given>;
  readonly positionals: readonly string[];
}

/** The variable that stands for an option: `--tls-cert` is `BOWLINE_TLS_CERT`. */
export function variableOf(option: string): string {
  return `BOWLINE_${option.toUpperCase().replaceAll("-", "_")}`;
}

/** Reads arguments and environment. Throws `UsageError` for what is in neither's vocabulary. */
export function readOptions<Given extends Options>(
  options: Given,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Arguments<Given> {
  const { values, positionals } = parse(options, args);
  const all: Record<string, string | true | undefined> = {};
  for (const [name, { value }] of Object.entries(options)) {
    const variable = environment[variableOf(name)];
    const given = values[name];
    if (typeof given === "string" || given === true) all[name] = given;
    else if (variable === undefined || variable === "") all[name] = undefined;
    else if (value !== undefined) all[name] = variable;
    else all[name] = isOn(name, variable) ? true : undefined;
  }
  return { values: all as Values<Given>, positionals };
}

function parse(options: Options, args: readonly string[]): ReturnType<typeof parseArgs> {
  const config: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { value }] of Object.entries(options)) {
    config[name] = { type: value === undefined ? "boolean" : "string" };
  }
  try {
    return parseArgs({ options: config, args: [...args], allowPositionals: true, strict: true });
  } catch (error) {
    const [, unknown] = /^Unknown option '--([^']+)'/.exec((error as Error).message) ?? [];
    if (unknown !== undefined) throw new UsageError(unknownOption(unknown, options, "--"));
    // Node explains at length how to pass what looks like an option; its first sentence is what counts.
    throw new UsageError((error as Error).message.split(/\. |\n/, 1)[0]?.replace(/\.$/, "") ?? "");
  }
}

function isOn(option: string, value: string): boolean {
  if (["1", "true", "yes"].includes(value)) return true;
  if (["0", "false", "no"].includes(value)) return false;
  throw new UsageError(`${variableOf(option)} is ${value}, and should be 1 or 0`);
}

/** A port from 0 to 65535. Throws `UsageError`. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`${text} is not a port: ports are numbers from 0 to 65535`);
  return port;
}
