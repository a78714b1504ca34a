// What ten thousand sessions cost that do nothing, beside what ten thousand bare sockets cost.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { Program } from "../programs/program.ts";
import { ackFrame, openFrame, PREFACE } from "../raw-frames.ts";

const SESSIONS = 10_000;
const AT_ONCE = 250;
/** Files that both sides need open: this process holds all the clients. */
const DESCRIPTORS = SESSIONS + 500;
/** A session may hold 4 KiB more than its socket. Resident memory is told and not judged: it comes and goes in pages. */
const MOST_BYTES_A_SESSION = 4 * 1024;

const limit = (process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }).userLimits
  ?.open_files?.soft;
const skip =
  typeof limit === "number" && limit < DESCRIPTORS && `only ${limit} files may be open: ulimit -n ${DESCRIPTORS}`;

/** A server that echoes on bare sockets, and says its memory as ours does. */
const BARE = `
  const server = require("node:net").createServer((socket) => socket.on("error", () => {}).on("data", (d) => socket.write(d)));
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => console.log("listening on " + server.address().port));
  require("node:readline").createInterface(process.stdin).on("line", () => {
    for (let round = 0; round < 4; round += 1) gc();
    console.log("memory " + JSON.stringify(process.memoryUsage()));
  });`;

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** What one session more takes. */
interface Cost {
  readonly held: number;
  readonly resident: number;
}

async function memoryOf(server: Program): Promise<Memory> {
  server.write("memory\n");
  return JSON.parse((await server.expect(/memory (.*)\n/))[0] as string);
}

/** Opens a connection and waits until the server has answered on it. */
async function dial(port: number, greeting: Uint8Array | string, adoption: Uint8Array | undefined): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(greeting);
  await once(socket, "data");
  if (adoption !== undefined) socket.write(adoption);
  return socket;
}

async function bytesASession(
  args: readonly string[],
  greeting: () => Uint8Array | string,
  adoption?: Uint8Array,
): Promise<Cost> {
  await using server = new Program(process.execPath, ["--expose-gc", ...args]);
  const port = Number((await server.expect(/listening on (\d+)/))[0]);
  const sockets: Socket[] = [];
  const open = async (count: number): Promise<void> => {
    for (let opened = 0; opened < count; opened += AT_ONCE) {
      sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => dial(port, greeting(), adoption)))));
    }
  };
  // The first ones pay for code and caches.
  await open(AT_ONCE);
  const before = await memoryOf(server);
  await open(SESSIONS);
  const after = await memoryOf(server);
  for (const socket of sockets) socket.destroy();
  const held = after.heapUsed + after.external - before.heapUsed - before.external;
  return { held: Math.round(held / SESSIONS), resident: Math.round((after.rss - before.rss) / SESSIONS) };
}

test(`${SESSIONS} idle sessions`, { skip }, async (t) => {
  const script = new URL("./echo-process.js", import.meta.url).pathname;
  const bare = await bytesASession(["-e", BARE], () => "hello\n");
  const lines = await bytesASession([script], () => "hello\n");
  const frames = await bytesASession([script], () => Buffer.concat([PREFACE, openFrame()]), ackFrame(0));
  for (const [name, cost] of Object.entries({ bare, lines, frames })) {
    t.diagnostic(`${name}: ${cost.held} bytes held a session, ${cost.resident} resident`);
  }
  const [overLines, overFrames] = [lines.held - bare.held, frames.held - bare.held];
  assert.ok(overLines < MOST_BYTES_A_SESSION, `plain lines hold ${overLines} bytes more than a socket`);
  assert.ok(overFrames < MOST_BYTES_A_SESSION, `frames hold ${overFrames} bytes more than a socket`);
});
