import { broadcast, exchange, greet, settle, type Tally } from "../load/closed-loop.ts";
import { costOf } from "../load/cost.ts";
import { type LoadClient, openClients } from "../load/load-client.ts";
import { broadcastAtRate, exchangeAtRate, type Latencies, percentile } from "../load/open-loop.ts";
import { residentBytesOf } from "../load/process-meter.ts";
import { comeAndGo } from "../load/storm.ts";
import type { Benched } from "./bench-target.ts";
import { Progress } from "./progress.ts";

const IN_FLIGHT = 64;
const VISITORS = 32;

/** How much of everything. */
interface Plan {
  readonly clients: number;
  /** For each figure. */
  readonly seconds: number;
  /** Messages a second at which latency is measured. */
  readonly rate: number;
  readonly isRoom: boolean;
}

/** Loads one server with one workload after the other, and prints what comes out as it does. */
export class BenchRun {
  readonly #benched: Benched;
  readonly #plan: Plan;
  readonly #progress = new Progress("measuring");
  readonly #steps: number;
  #done = 0;

  constructor(benched: Benched, plan: Plan) {
    this.#benched = benched;
    this.#plan = plan;
    this.#steps = plan.isRoom ? 4 : 5;
  }

  async run(): Promise<void> {
    const { clients: count, seconds, isRoom } = this.#plan;
    console.log(`${this.#benched.name}: ${count} connections, messages of 64 bytes, ${seconds} s for each figure\n`);
    try {
      const clients = await this.#open(count);
      if (isRoom) await this.#loadRoom(clients);
      else await this.#loadEcho(clients);
      for (const client of clients) client.drop();
    } finally {
      this.#progress.end();
    }
  }

  /**
   * Opens connections, each of which says something, since a server may wait for that.
   *
   * What the first one costs (code, tables, pools) is not the others'.
   */
  async #open(count: number): Promise<readonly LoadClient[]> {
    const { wire, target, pid } = this.#benched;
    const first = await openClients(wire, target, 1);
    await greet(first);
    const before = pid === undefined ? 0 : residentBytesOf(pid);
    const others = await openClients(wire, target, count - 1);
    await greet(others);
    if (pid !== undefined && others.length > 0) {
      const bytes = Math.round((residentBytesOf(pid) - before) / others.length);
      this.#tell("memory", `${bytes.toLocaleString("en")} bytes a connection`);
    }
    return [...first, ...others];
  }

  async #loadEcho(clients: readonly LoadClient[]): Promise<void> {
    const { wire, target } = this.#benched;
    const { seconds, rate } = this.#plan;
    const forMs = seconds * 1_000;
    await this.#cost("ping-pong", "messages", () => exchange(clients, 1, forMs));
    await this.#cost(`pipeline of ${IN_FLIGHT}`, "messages", () => exchange(clients, IN_FLIGHT, forMs));
    this.#tell(`latency at ${rate}/s`, describe(await exchangeAtRate(clients, rate, forMs)));
    await this.#cost("connect, say, leave", "visits", () => comeAndGo(wire, target, VISITORS, forMs));
  }

  async #loadRoom(members: readonly LoadClient[]): Promise<void> {
    const { seconds, rate } = this.#plan;
    const forMs = seconds * 1_000;
    await settle(members);
    await this.#cost("one at a time", "deliveries", () => broadcast(members, 1, forMs));
    await this.#cost(`bursts of ${IN_FLIGHT}`, "deliveries", () => broadcast(members, IN_FLIGHT, forMs));
    this.#tell(`latency at ${rate}/s`, describe(await broadcastAtRate(members, rate, forMs)));
  }

  async #cost(what: string, unit: string, act: () => Promise<Tally>): Promise<void> {
    const { pid } = this.#benched;
    const { perSecond, cpuMicros, serverPercent, loadPercent } = await costOf(pid, act);
    const rate = `${Math.round(perSecond).toLocaleString("en")} ${unit} a second`;
    const server = `${cpuMicros.toFixed(2)} µs of CPU each, server ${serverPercent.toFixed(0)}% busy`;
    const load = `load ${loadPercent.toFixed(0)}% busy`;
    this.#tell(what, (pid === undefined ? [rate, load] : [rate, server, load]).join(", "));
  }

  #tell(what: string, figures: string): void {
    this.#progress.end();
    console.log(`  ${what.padEnd(22)}${figures}`);
    this.#done += 1;
    this.#progress.show(this.#done, this.#steps);
  }
}

function describe(latencies: Latencies): string {
  const at = (percent: number): string => `${percentile(latencies, percent).toFixed(2)} ms`;
  const late = latencies.latestMs.toFixed(2);
  return `p50 ${at(50)}, p99 ${at(99)}, p99.9 ${at(99.9)}; the load was at most ${late} ms late`;
}
