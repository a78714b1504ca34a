// What a session costs on the server beside bare `node:net`: CPU time per message and memory per idle session, of a
// server process of its own. `npm run build && node dist/bench/session-cost.js`; about three minutes.
//
// Bare `net` is given the best a user would write by hand: it splits lines, and answers what came in one chunk with one
// write. The figures to keep are the ratios: each is of two slices of a fraction of a second, one right after the other.

import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Figures, noFigures, printFigures, rotate } from "./figures.ts";
import { shareOneProcessor } from "./processor.ts";
import { ServerProcess } from "./server-process.ts";
import { broadcast, closeAll, exchange, openPeers, type Peer, type Wire } from "./session-cost/load.ts";

/** Servers are started afresh so many times, since no two runs of a compiler decide alike; and each measured so often. */
const STARTS = 3;
const ROUNDS = 7;
const IDLE_ROUNDS = 5;
const SERVER = join(import.meta.dirname, "session-cost", "server.js");

/** The servers, and what their clients speak. */
const WIRES = {
  "bare net": "lines",
  "bare net, in a loop": "lines",
  "bare net, acknowledged": "acknowledged lines",
  "Bowline, lines": "lines",
  "Bowline, frames": "frames",
} as const satisfies Record<string, Wire>;
type Candidate = keyof typeof WIRES;

/**
 * Beside bare `net` there is what of a session's cost no server can save: the loop of a handler that takes one message
 * after the other and awaits each answer, and the reading of what members of a room say to acknowledge.
 */
const CANDIDATES: { readonly [Work in "echo" | "room" | "idle"]: readonly Candidate[] } = {
  echo: ["bare net", "bare net, in a loop", "Bowline, lines", "Bowline, frames"],
  room: ["bare net", "bare net, acknowledged", "Bowline, lines", "Bowline, frames"],
  idle: ["bare net", "Bowline, lines", "Bowline, frames"],
};

/** `messages` are said by each connection in one slice, `inFlight` at once. */
interface Workload {
  readonly name: string;
  readonly work: "echo" | "room";
  readonly connections: number;
  readonly messages: number;
  readonly inFlight: number;
}

const WORKLOADS: readonly Workload[] = [
  { name: "ping-pong, 32 connections", work: "echo", connections: 32, messages: 800, inFlight: 1 },
  { name: "pipelined, 8 connections, 64 in flight", work: "echo", connections: 8, messages: 48_000, inFlight: 64 },
  { name: "fan-out to 500 members, a message at a time", work: "room", connections: 500, messages: 150, inFlight: 1 },
  { name: "fan-out to 500 members, 32 at a time", work: "room", connections: 500, messages: 4_800, inFlight: 32 },
];
/** So many are there already: in the meantime the heap has grown to what it needs for coming and going. */
const IDLE_BEFORE = 5_000;
const IDLE_SESSIONS = 5_000;

console.log(`Node ${process.version}; ${shareOneProcessor()}; ratios to bare net\n`);
for (const workload of WORKLOADS) {
  const figures = noFigures(CANDIDATES[workload.work]);
  for (let start = 0; start < STARTS; start++) await measure(workload, figures);
  printFigures(`${workload.name}: CPU per message`, figures, "bare net", "µs", 3);
}

const idle = noFigures(CANDIDATES.idle);
for (let round = 0; round < IDLE_ROUNDS; round++) {
  for (const candidate of rotate(CANDIDATES.idle, round)) idle[candidate].push(await measureMemory(candidate));
}
printFigures("idle session: resident memory", idle, "bare net", "KiB", 2);

/** Starts one server of each kind, and gives them the work in turns. */
async function measure(workload: Workload, figures: Figures<Candidate>): Promise<void> {
  const { connections, messages, inFlight, work } = workload;
  const servers = [];
  for (const candidate of CANDIDATES[work]) {
    const server = await ServerProcess.start(SERVER, [candidate, work]);
    servers.push({ candidate, server, peers: await openPeers(server.port, WIRES[candidate], connections) });
  }
  // Members of a room heard each other come in; the last of it is on its way.
  await setTimeout(500);
  for (const { peers } of servers) for (const peer of peers) peer.reset();
  const run = (peers: readonly Peer[]): Promise<void> =>
    work === "room" ? broadcast(peers, messages, inFlight) : exchange(peers, messages, inFlight);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { candidate, server, peers } of rotate(servers, round)) {
      const before = await server.ask("cpuMicros");
      await run(peers);
      const spent = (await server.ask("cpuMicros")) - before;
      // In the first round the compiler sees everything for the first time; it does not count.
      if (round > 0) figures[candidate].push(spent / (connections * messages));
    }
  }
  for (const { server, peers } of servers) {
    closeAll(peers);
    await server.stop();
  }
}

async function measureMemory(candidate: Candidate): Promise<number> {
  const server = await ServerProcess.start(SERVER, [candidate, "echo"]);
  // What the first ones cost (code, tables, pools, a heap that grows) is not theirs.
  const first = await openPeers(server.port, WIRES[candidate], IDLE_BEFORE);
  const before = await server.ask("rssBytes");
  const peers = await openPeers(server.port, WIRES[candidate], IDLE_SESSIONS);
  const taken = (await server.ask("rssBytes")) - before;
  closeAll([...first, ...peers]);
  await server.stop();
  return taken / 1_024 / IDLE_SESSIONS;
}
