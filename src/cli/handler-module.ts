import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { Handler, HandlerModuleError, OnPresence } from "bowline";
import { Failure, systemReason } from "./failure.ts";

const INDEX = "index.js";
/** Where all of Bowline is. */
const OWN_FOLDER = new URL("..", import.meta.url).href;

/** What a module has for a server: its default export, and the one that bears the option's name. */
interface HandlerModule {
  readonly handler: Handler;
  readonly onpresence: OnPresence | undefined;
}

/** Loads a module, or a folder's `index.js`. Throws `Failure` with what its author has to know. */
export async function loadHandler(file: string): Promise<HandlerModule> {
  const path = await pathOf(file);
  let module: { readonly default?: unknown; readonly onpresence?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw new Failure(`${file} ${whyNotLoaded(path, error)}`);
  }
  if (typeof module.default !== "function") {
    throw new Failure(`${file} has no function as its default export; write: export default async (session) => { … }`);
  }
  if (module.onpresence !== undefined && typeof module.onpresence !== "function") {
    throw new Failure(
      `${file} exports an onpresence that is no function; write: export function onpresence(change) { … }`,
    );
  }
  return { handler: module.default as Handler, onpresence: module.onpresence as OnPresence | undefined };
}

/** The URL of a module, or of a folder's `index.js`. Throws `Failure` when there is none. */
export async function handlerUrl(file: string): Promise<URL> {
  return pathToFileURL(await pathOf(file));
}

/** What the author of a module has to know that could not be loaded, or has no handler. */
export function whyNoHandler(file: string, url: URL, error: HandlerModuleError): Failure {
  const { cause } = error;
  if (cause instanceof TypeError && cause.message === "it has no function as its default export") {
    return new Failure(`${file} has no function as its default export; write: export default async (session) => { … }`);
  }
  if (error.listensToPresence) {
    return new Failure(`${file} exports onpresence, and runs in the server's own thread: --threads 0`);
  }
  return new Failure(`${file} ${whyNotLoaded(fileURLToPath(url), cause)}`);
}

async function pathOf(file: string): Promise<string> {
  const path = resolve(file);
  const found = await stat(path).catch((error: unknown) => {
    throw new Failure(`${file} cannot be run: ${systemReason(error)}`);
  });
  if (!found.isDirectory()) return path;
  const index = join(path, INDEX);
  await stat(index).catch(() => {
    throw new Failure(`${file} is a folder without an ${INDEX}; name the module whose default export is the handler`);
  });
  return index;
}

function whyNotLoaded(path: string, error: unknown): string {
  if (!(error instanceof Error)) return `threw ${inspect(error)} when it was loaded`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?ts$/.test(path)) {
    return `is TypeScript, which Node runs from version 22.18 on, and this is ${process.version}: compile it first`;
  }
  if (code === "ERR_MODULE_NOT_FOUND") return `cannot be loaded: ${error.message}`;
  if (error instanceof SyntaxError) return `cannot be loaded:\n${placeOf(path) ?? theirsOf(error)}`;
  return `threw when it was loaded:\n${theirsOf(error)}`;
}

/** Node keeps the place of a syntax error to itself, but for who asks it to check the file. */
function placeOf(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8" });
  return /^[\s\S]*?^SyntaxError: .*$/m.exec(stderr)?.[0];
}

/** The error with its stack, as far as that is in the module's own code. */
function theirsOf({ stack = "" }: Error): string {
  const lines = stack.split("\n");
  return lines
    .filter((line) => !/^\s+at /.test(line) || !(line.includes("node:") || line.includes(OWN_FOLDER)))
    .join("\n");
}
