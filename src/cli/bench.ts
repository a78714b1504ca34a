import { BenchRun } from "./bench-run.ts";
import { readTarget, startOwn } from "./bench-target.ts";
import type { Command } from "./command.ts";
import { Failure, UsageError } from "./failure.ts";
import { readOptions } from "./options.ts";

/** What a load may ask for: it ends by itself, and soon. */
const BOUNDS = { clients: [100, 20_000], seconds: [3, 60], rate: [1_000, 100_000], pid: [0, 2 ** 31] } as const;

const OPTIONS = {
  clients: { value: "NUMBER", summary: `connections, up to ${BOUNDS.clients[1]}; default ${BOUNDS.clients[0]}` },
  seconds: { value: "NUMBER", summary: `for each figure, up to ${BOUNDS.seconds[1]}; default ${BOUNDS.seconds[0]}` },
  rate: {
    value: "NUMBER",
    summary: `messages a second to measure latency at; default ${BOUNDS.rate[0]}, 20 in a room`,
  },
  room: { summary: "the server says each message to everybody, and does not send it back" },
  bare: { summary: "with ws:// and wss://: bare WebSocket, without a session" },
  pid: { value: "PID", summary: "the server's process, on this machine: its CPU time and memory are measured, too" },
};

export const bench: Command = {
  name: "bench",
  operands: "[URL]",
  summary: "loads a server that sends every message back, or one of its own, and prints rates, latency, CPU and memory",
  options: OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(OPTIONS, args, process.env);
    const [url, extra] = positionals;
    if (extra !== undefined) throw new UsageError(`bench loads one server, and "${extra}" is a second one`);
    const isRoom = values.room === true;
    const plan = {
      clients: readNumber("clients", values.clients),
      seconds: readNumber("seconds", values.seconds),
      rate: isRoom && values.rate === undefined ? 20 : readNumber("rate", values.rate),
      isRoom,
    };
    const pid = values.pid === undefined ? undefined : readNumber("pid", values.pid);
    const benched =
      url === undefined ? await startOwn(isRoom ? "room" : "echo") : readTarget(url, values.bare === true, pid);
    try {
      await new BenchRun(benched, plan).run();
    } catch (error) {
      throw new Failure(`${benched.name}: ${(error as Error).message}`);
    } finally {
      benched.stop();
      // Once the failure is printed: connections that are half open would keep the process.
      setImmediate(() => process.exit());
    }
  },
};

function readNumber(name: keyof typeof BOUNDS, text: string | undefined): number {
  const [usual, most] = BOUNDS[name];
  const number = text === undefined ? usual : /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= most)) throw new UsageError(`--${name} is ${text}, and should be a whole number up to ${most}`);
  return number;
}
