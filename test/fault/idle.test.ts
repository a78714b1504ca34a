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
/** A session may cost 4 KiB more than its socket; memory is measured in pages, and collected when it pleases. */
const MOST_BYTES_A_SESSION = 6 * 1024;

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
): Promise<number> {
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
  return (after.rss - before.rss) / SESSIONS;
}

test(`${SESSIONS} idle sessions`, { skip }, async (t) => {
  const script = new URL("./echo-process.js", import.meta.url).pathname;
  const bare = await bytesASession(["-e", BARE], () => "hello\n");
  const lines = await bytesASession([script], () => "hello\n");
  const frames = await bytesASession([script], () => Buffer.concat([PREFACE, openFrame()]), ackFrame(0));
  t.diagnostic(
    `bytes a session: ${Math.round(lines)} plain lines, ${Math.round(frames)} frames, ${Math.round(bare)} bare`,
  );
  assert.ok(
    lines - bare < MOST_BYTES_A_SESSION,
    `plain lines cost ${Math.round(lines - bare)} bytes more than a socket`,
  );
  assert.ok(frames - bare < MOST_BYTES_A_SESSION, `frames cost ${Math.round(frames - bare)} bytes more than a socket`);
});
