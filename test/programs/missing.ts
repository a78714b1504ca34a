import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's package of each program that tests use, where it is called otherwise. */
const PACKAGES: { readonly [program: string]: string } = { ip: "iproute2", nc: "netcat-openbsd", ss: "iproute2" };

/** Why a test that needs `programs` cannot run here; `false` when it can. For the `skip` of a test. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => !isInPath(program));
  if (absent.length === 0) return false;
  const packages = new Set(absent.map((program) => PACKAGES[program] ?? program));
  return `${absent.join(" and ")} not found: apt-get install ${[...packages].join(" ")}`;
}

function isInPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
