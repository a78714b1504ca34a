import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's package of each program that tests use, where it is called otherwise. */
const PACKAGES: { readonly [program: string]: string } = { ip: "iproute2", nc: "netcat-openbsd", ss: "iproute2" };

/** Why a test that needs `programs` cannot run here; `false` when it can. For the `skip` of a test. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => pathOf(program) === undefined);
  if (absent.length === 0) return false;
  const packages = new Set(absent.map((program) => PACKAGES[program] ?? program));
  return `${absent.join(" and ")} not found: apt-get install ${[...packages].join(" ")}`;
}

/** Where a program is, as the shell would find it; `undefined` when it is nowhere. */
export function pathOf(program: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
