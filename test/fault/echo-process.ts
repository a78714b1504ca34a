// A server of its own process, for tests that starve, kill or measure one: `node echo-process.js [options as JSON]`.
// Says `listening on PORT`; answers a line `memory` with its memory after collecting garbage.

import { createInterface } from "node:readline";
import { serveEcho } from "../echo-server.ts";

const server = await serveEcho(JSON.parse(process.argv[2] ?? "{}"));
console.log(`listening on ${server.address.port}`);
for await (const line of createInterface(process.stdin)) {
  if (line !== "memory") continue;
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  console.log(`memory ${JSON.stringify({ ...process.memoryUsage(), sessions: server.sessions.size })}`);
}
