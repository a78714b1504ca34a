// What a session costs on the server beside bare `node:net`: CPU time per message and memory per idle session, of a
// server process of its own. `npm run build && node dist/bench/session-cost.js`; about two minutes.
//
// Bare `net` is given the best a user would write by hand: it splits lines, and answers what came in one chunk with one
// write. The figures to keep are the ratios.

import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { noFigures, printFigures, rotate } from "./figures.ts";
import { ServerProcess } from "./server-process.ts";
import { closeAll, exchange, openPeers, type Wire } from "./session-cost/load.ts";

const ROUNDS = 5;
const SERVER = join(import.meta.dirname, "session-cost", "server.js");

/** The servers, and what their clients speak. */
const WIRES = {
  "bare net": "lines",
  "Bowline, lines": "lines",
  "Bowline, frames": "frames",
} as const satisfies Record<string, Wire>;
type Candidate = keyof typeof WIRES;
const CANDIDATES = Object.keys(WIRES) as Candidate[];

const EXCHANGES = [
  { name: "ping-pong, 32 connections", connections: 32, messages: 1_000, inFlight: 1 },
  { name: "pipelined, 8 connections with 64 in flight", connections: 8, messages: 64_000, inFlight: 64 },
];
const FAN_OUT = { members: 500, messages: 600, inFlight: 1 };
const IDLE_SESSIONS = 5_000;

console.log(`Node ${process.version}, median of ${ROUNDS} rounds; (ratio to bare net)\n`);
for (const workload of EXCHANGES) {
  const figures = noFigures(CANDIDATES);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const candidate of rotate(CANDIDATES, round)) {
      const micros = await measureExchange(candidate, workload);
      // The first round warms up the machine, and does not count.
      if (round > 0) figures[candidate].push(micros);
    }
  }
  printFigures(`${workload.name}: CPU per message`, figures, "bare net", "µs", 2);
}

const fanOut = noFigures(CANDIDATES);
for (let round = 0; round < ROUNDS; round++) {
  for (const candidate of rotate(CANDIDATES, round)) fanOut[candidate].push(await measureFanOut(candidate));
}
printFigures(`fan-out to ${FAN_OUT.members} members: CPU per message delivered`, fanOut, "bare net", "µs", 2);

const idle = noFigures(CANDIDATES);
for (let round = 0; round < ROUNDS; round++) {
  for (const candidate of rotate(CANDIDATES, round)) idle[candidate].push(await measureMemory(candidate));
}
printFigures("idle session: resident memory", idle, "bare net", "KiB", 2);

async function measureExchange(candidate: Candidate, workload: (typeof EXCHANGES)[number]): Promise<number> {
  const { connections, messages, inFlight } = workload;
  const server = await ServerProcess.start(SERVER, [candidate, "echo"]);
  const peers = await openPeers(server.port, WIRES[candidate], connections);
  // The compiler has seen everything before it counts.
  await exchange(peers, messages / 4, inFlight);
  const before = await server.ask("cpuMicros");
  await exchange(peers, messages, inFlight);
  const spent = (await server.ask("cpuMicros")) - before;
  closeAll(peers);
  await server.stop();
  return spent / (connections * messages);
}

/** One peer says something, all hear it; the next is said when everybody has. */
async function measureFanOut(candidate: Candidate): Promise<number> {
  const { members, messages } = FAN_OUT;
  const server = await ServerProcess.start(SERVER, [candidate, "room"]);
  const peers = await openPeers(server.port, WIRES[candidate], members);
  const [speaker] = peers;
  if (speaker === undefined) throw new Error("nobody came");
  const rounds = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round++) {
      const heard = peers.map((peer) => peer.hear(1));
      speaker.say(1);
      await Promise.all(heard);
    }
  };
  // They heard each other come in; the last of it is on its way.
  await setTimeout(500);
  for (const peer of peers) peer.reset();
  await rounds(messages / 4);
  const before = await server.ask("cpuMicros");
  await rounds(messages);
  const spent = (await server.ask("cpuMicros")) - before;
  closeAll(peers);
  await server.stop();
  return spent / (members * messages);
}

async function measureMemory(candidate: Candidate): Promise<number> {
  const server = await ServerProcess.start(SERVER, [candidate, "echo"]);
  // What the first ones cost (code, tables, pools) is not theirs.
  const first = await openPeers(server.port, WIRES[candidate], 500);
  const before = await server.ask("rssBytes");
  const peers = await openPeers(server.port, WIRES[candidate], IDLE_SESSIONS);
  const taken = (await server.ask("rssBytes")) - before;
  closeAll([...first, ...peers]);
  await server.stop();
  return taken / 1_024 / IDLE_SESSIONS;
}
