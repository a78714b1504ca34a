import { join } from "node:path";
import { Program } from "../programs/program.ts";

/** Servers that are not told otherwise leave no files behind. */
const ENVIRONMENT = { BOWLINE_DATA: ":memory:" };

/** The command line, as it is installed. */
export const BOWLINE = join(import.meta.dirname, "..", "..", "src", "cli", "main.js");

export function bowline(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  return new Program(process.execPath, [BOWLINE, ...args], { ...ENVIRONMENT, ...environment });
}

/** Runs it to its end with this input. */
export async function run(
  args: readonly string[],
  { input = "", environment = {} }: { readonly input?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  await using program = bowline(args, environment);
  program.write(input);
  const code = await program.end();
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** Starts a server; gives it and the port that it listens on. */
export async function start(
  args: readonly string[],
  wanted = 0,
): Promise<{ readonly server: Program; readonly port: number }> {
  const server = bowline([...args, "--port", String(wanted)]);
  const [port] = await server.expect(/listening on port (\d+)\n/);
  return { server, port: Number(port) };
}
