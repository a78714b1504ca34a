import { execFile } from "node:child_process";
import { promisify } from "node:util";

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Kills those processes below this one whose command line holds `part`, and everything that they have started.
 *
 * Where there is no `ps`, which is on Windows, it kills nothing: whoever started them has to.
 */
export async function killTrees(part: string): Promise<void> {
  const all = await listProcesses();
  const below = (pid: number): Listed[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)]);
  const roots = below(process.pid).filter(({ command }) => command.includes(part));
  for (const { pid } of roots.flatMap((root) => [root, ...below(root.pid)])) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function listProcesses(): Promise<readonly Listed[]> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="]);
    return stdout.split("\n").map((line) => {
      const [, pid, parent, command = ""] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), command };
    });
  } catch {
    return [];
  }
}
