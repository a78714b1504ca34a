import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/**
 * What a server under measurement is asked: for the CPU time of its whole process so far (user and system, from the
 * operating system), or for its resident memory after a full garbage collection.
 */
type Question = "cpuMicros" | "rssBytes";

/** A server in a process of its own, so that what it costs can be told from what the load costs. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Starts a compiled module that calls `answerQuestions`. */
  static async start(module: string, args: readonly string[]): Promise<ServerProcess> {
    const child = fork(module, args, { execArgv: ["--expose-gc"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [port] = (await once(child, "message")) as [number];
    return new ServerProcess(child, port);
  }

  async ask(question: Question): Promise<number> {
    const answer = once(this.#child, "message");
    this.#child.send(question);
    return (await answer)[0] as number;
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}

/** The server's side: tells its port, answers what it is asked, and ends when the bench does. */
export function answerQuestions(port: number): void {
  process.on("message", (question: Question) => {
    process.send?.(question === "cpuMicros" ? readCpuMicros() : readRssBytes());
  });
  process.on("disconnect", () => process.exit());
  process.send?.(port);
}

function readCpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function readRssBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
