// Our WebSocket codec on `node:net` beside the `ws` package: CPU time per message and memory per idle connection of the
// server, which runs in a process of its own. `npm run build && node dist/bench/websocket-codec.js`; about a minute.
//
// The figures to keep are the ratios.

import { join } from "node:path";
import { type Figures, noFigures, printFigures, rotate } from "./figures.ts";
import { ServerProcess } from "./server-process.ts";
import { closeConnections, exchange, openConnections } from "./websocket-codec/load.ts";

const ROUNDS = 7;
const SERVER = join(import.meta.dirname, "websocket-codec", "server.js");
const CANDIDATES = ["bare", "own", "ws-batched", "ws"] as const;

const WORKLOADS = [
  { name: "pipelined, 64 in flight", connections: 8, messages: 38_400, inFlight: 64 },
  { name: "ping-pong", connections: 32, messages: 500, inFlight: 1 },
];
const IDLE_CONNECTIONS = 5_000;

console.log(`Node ${process.version}, median of ${ROUNDS} rounds; (ratio to our own codec)\n`);
for (const workload of WORKLOADS) {
  printFigures(`${workload.name}, CPU per message`, await measureCpu(workload), "own", "µs", 2);
}
printFigures("idle connection, memory", await measureMemory(), "own", "KiB", 1);

async function measureCpu({
  connections,
  messages,
  inFlight,
}: (typeof WORKLOADS)[number]): Promise<Figures<(typeof CANDIDATES)[number]>> {
  const figures = noFigures(CANDIDATES);
  const servers = await Promise.all(
    CANDIDATES.map(async (candidate) => {
      const server = await ServerProcess.start(SERVER, [candidate]);
      return { candidate, server, sockets: await openConnections(server.port, connections) };
    }),
  );
  // The first round warms up the compiler, and does not count.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { candidate, server, sockets } of rotate(servers, round)) {
      const before = await server.ask("cpuMicros");
      await exchange(sockets, messages, inFlight, candidate !== "bare");
      const spent = (await server.ask("cpuMicros")) - before;
      if (round > 0) figures[candidate].push(spent / (connections * messages));
    }
  }
  for (const { server, sockets } of servers) {
    closeConnections(sockets);
    await server.stop();
  }
  return figures;
}

async function measureMemory(): Promise<Figures<(typeof CANDIDATES)[number]>> {
  const figures = noFigures(CANDIDATES);
  for (let round = 0; round < ROUNDS; round++) {
    for (const candidate of rotate(CANDIDATES, round)) {
      const server = await ServerProcess.start(SERVER, [candidate]);
      // What the first connections cost (code, tables, pools) is not theirs.
      const first = await openConnections(server.port, 500);
      const before = await server.ask("rssBytes");
      const sockets = await openConnections(server.port, IDLE_CONNECTIONS);
      const taken = (await server.ask("rssBytes")) - before;
      figures[candidate].push(taken / 1_024 / IDLE_CONNECTIONS);
      closeConnections([...first, ...sockets]);
      await server.stop();
    }
  }
  return figures;
}
