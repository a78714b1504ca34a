import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a server does with a message: it goes back to whoever said it, or to everybody. */
export type Work = "echo" | "room";

/** How a server is run. */
export interface Program {
  /** Node's garbage can be collected before memory is measured. */
  readonly isNode: boolean;
  /** The command that serves on a port of loopback. Throws `MissingProgram` where it cannot be run. */
  command(port: number, work: Work): readonly string[];
  /** Of what is measured, for whoever reads the figures. */
  version(): string;
}

/** A program is not here. The message goes on where the candidate's name ends. */
export class MissingProgram extends Error {}

const ROOT = join(import.meta.dirname, "..", "..");
const SOURCES = join(ROOT, "bench", "peers");
const NPM = join(SOURCES, "npm");
const BUILT = join(import.meta.dirname, "peers");
const UWS = "@trufflesuite/uws-js-unofficial";

/** `bench/peers/SCRIPT.ts`, which needs nothing that the project does not have. */
export function fromHere(script: string, version: () => string): Program {
  const path = join(BUILT, `${script}.js`);
  return { isNode: true, command: (port, work) => [path, `${port}`, work], version };
}

/** `bench/peers/npm/SCRIPT.js`. Its package is installed when it is first asked for. */
export function fromNpm(script: string, name: string): Program {
  return {
    isNode: true,
    command: (port, work) => {
      if (!existsSync(join(NPM, "node_modules", name))) installFromNpm();
      return [join(NPM, `${script}.js`), `${port}`, work];
    },
    version: () => installedVersion(name, NPM),
  };
}

/** Where its package has no binary for this Node, it puts `ws` in its place: that would be another server. */
export function uws(script: string): Program {
  const program = fromNpm(script, UWS);
  const { platform, arch, versions } = process;
  const binary = join(NPM, "node_modules", UWS, "binaries", `uws_${platform}_${arch}_${versions.modules}.node`);
  return {
    ...program,
    command: (port, work) => {
      const command = program.command(port, work);
      if (!existsSync(binary))
        throw new MissingProgram(`has no binary for Node ${process.version}: it has one for Node 20`);
      return command;
    },
  };
}

function installFromNpm(): void {
  const { status } = spawnSync("npm", ["ci", "--prefix", NPM, "--ignore-scripts", "--omit=optional"]);
  if (status !== 0) throw new MissingProgram("could not be installed: npm ci --prefix bench/peers/npm says why");
}

/** The version of a package in a folder's `node_modules`. */
export function installedVersion(name: string, folder = ROOT): string {
  const path = join(folder, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

/** A server that is a Debian package of the same name. */
export function fromDebian(name: string, versionFlag: string, flags: (port: number) => readonly string[]): Program {
  return {
    isNode: false,
    command: (port) => {
      demand(name, name);
      return [name, ...flags(port)];
    },
    // Mosquitto says it in its help, and fails then.
    version: () => /\d+\.\d+[.\d]*/.exec(spawnSync(name, [versionFlag], { encoding: "utf8" }).stdout)?.[0] ?? "",
  };
}

/** `bench/peers/SCRIPT.py`. */
export function python(script: string): Program {
  return {
    isNode: false,
    command: (port) => {
      demand("python3", "python3");
      return ["python3", join(SOURCES, `${script}.py`), `${port}`];
    },
    version: () => execFileSync("python3", ["--version"], { encoding: "utf8" }).trim(),
  };
}

/** `bench/peers/SCRIPT.c`, compiled. */
export function fromC(script: string): Program {
  const binary = join(BUILT, script);
  return {
    isNode: false,
    command: (port, work) => {
      if (process.platform !== "linux") throw new MissingProgram("needs Linux");
      demand("cc", "gcc libc6-dev");
      mkdirSync(BUILT, { recursive: true });
      execFileSync("cc", ["-O2", "-o", binary, join(SOURCES, `${script}.c`)]);
      return [binary, `${port}`, work];
    },
    version: () => execFileSync("cc", ["--version"], { encoding: "utf8" }).split("\n", 1)[0] ?? "",
  };
}

function demand(program: string, packages: string): void {
  const { error } = spawnSync(program, ["--version"], { stdio: "ignore" });
  if (error !== undefined) throw new MissingProgram(`is not installed: apt-get install ${packages}`);
}
