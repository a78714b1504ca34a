import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { residentBytesOf } from "../src/load/process-meter.ts";
import { openSocket, type Target } from "../src/load/target.ts";
import type { Placement } from "./processor.ts";
import type { Program, Work } from "./programs.ts";

const GARBAGE = pathToFileURL(join(import.meta.dirname, "collect-garbage.js")).href;
const START_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 50;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** A server under load, in a process of its own, so that what it costs can be told from what the load costs. */
export class PeerProcess {
  readonly target: Target;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #isNode: boolean;

  private constructor(child: ChildProcess, pid: number, port: number, isNode: boolean) {
    this.#child = child;
    this.pid = pid;
    this.#isNode = isNode;
    this.target = { host: "127.0.0.1", port, isSecure: false, path: "/" };
  }

  /** Resolves when it accepts connections. */
  static async start(program: Program, work: Work, placement: Placement): Promise<PeerProcess> {
    const port = await findFreePort();
    const own = program.command(port, work);
    const whole = program.isNode ? [process.execPath, "--expose-gc", "--import", GARBAGE, ...own] : own;
    const [command = "", ...args] = placement.place(whole);
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe", program.isNode ? "ipc" : "ignore"] });
    let complaint = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-1_000);
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    await once(child, "spawn");
    const server = new PeerProcess(child, child.pid ?? 0, port, program.isNode);
    await server.#listening(() => complaint);
    return server;
  }

  /** Memory in use; on Node, without garbage. */
  async residentBytes(): Promise<number> {
    if (this.#isNode) {
      const collected = once(this.#child, "message");
      this.#child.send("collect");
      await collected;
    }
    return residentBytesOf(this.pid);
  }

  async stop(): Promise<void> {
    if (!running.has(this.#child)) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async #listening(complaint: () => string): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      if (!running.has(this.#child)) throw new Error(`it ended at once: ${gist(complaint())}`);
      try {
        (await openSocket(this.target)).resetAndDestroy();
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(LOOK_EVERY_MS);
      }
    }
  }
}

/** The line of a stack trace that says what is wrong. */
function gist(complaint: string): string {
  const rows = complaint.trim().split("\n");
  return rows.find((row) => /error/i.test(row)) ?? rows.at(-1) ?? "";
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
