// What a server does when there is no room: for one address, for one more session, for one more file.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { serveEcho } from "../echo-server.ts";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";
import { RawClient } from "../raw-client.ts";
import { openFrame, PREFACE, upgradeRequest } from "../raw-frames.ts";

/** An address of this machine that is not loopback. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

test("an address may have so many connections; one more is told so, in its own words", {
  skip: outside === undefined && "no network address but loopback",
}, async () => {
  await using server = await serveEcho({ host: "0.0.0.0", limits: { maxConnectionsPerAddress: 20 } });
  const { port } = server.address;
  const host = outside as string;
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(port, { host })));
  await using lines = await RawClient.connect(port, { host });
  lines.write("hello\n");
  assert.equal(await lines.ended(), "error: too many connections from this address\n");
  await using frames = await RawClient.connect(port, { host });
  frames.write(PREFACE);
  const frame = await frames.frame();
  assert.ok(frame.type === FrameType.close);
  assert.deepEqual([frame.code, frame.retryAfterMs > 0], [1013, true]);
  // Far too many are not even listened to.
  await using nobody = await RawClient.connect(port, { host });
  assert.equal(await nobody.ended(), "");
  await using local = await RawClient.connect(port);
  local.write("loopback is exempt\n");
  await local.expect("exempt");
  assert.ok(server.metrics().refused >= 3);
  for (const client of clients) await client[Symbol.asyncDispose]();
  await using again = await RawClient.connect(port, { host });
  again.write("room again\n");
  await again.expect("room again");
});

test("behind a trusted proxy, addresses are those that it names", async () => {
  await using server = await serveEcho({ trustedProxies: ["127.0.0.1"], limits: { maxConnectionsPerAddress: 2 } });
  const { port } = server.address;
  const dial = async (forwarded: string) => {
    const client = await RawClient.connect(port);
    client.write(upgradeRequest({ "X-Forwarded-For": forwarded }));
    const [status] = await client.expect(/^HTTP\/1\.1 (\d+)/);
    return { client, status };
  };
  const first = await dial("203.0.113.7");
  const second = await dial("198.51.100.1, 203.0.113.7");
  const third = await dial("203.0.113.7");
  const other = await dial("203.0.113.8");
  assert.deepEqual([first.status, second.status, third.status, other.status], ["101", "101", "503", "101"]);
  const addresses = Array.from(server.sessions, ({ peer }) => peer.address);
  assert.deepEqual(addresses, ["203.0.113.7", "203.0.113.7", "203.0.113.8"]);
  for (const { client } of [first, second, third, other]) await client[Symbol.asyncDispose]();
});

test("above maxSessions new sessions are refused, each in its own words", async () => {
  await using server = await serveEcho({ limits: { maxSessions: 2 } });
  const { port } = server.address;
  await using one = await RawClient.connect(port);
  await using two = await RawClient.connect(port);
  for (const client of [one, two]) {
    client.write("hello\n");
    await client.expect("hello\n");
  }
  await using lines = await RawClient.connect(port);
  lines.write("hello\n");
  assert.equal(await lines.ended(), "error: the server takes no new sessions now\n");
  await using frames = await RawClient.connect(port);
  frames.write(Buffer.concat([PREFACE, openFrame()]));
  const frame = await frames.frame();
  assert.ok(frame.type === FrameType.close);
  assert.equal(frame.code, 1013);
  await using health = await RawClient.connect(port);
  health.write("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.match(await health.ended(), /^HTTP\/1\.1 503 /);
  one.write("still here\n");
  await one.expect("still here\n");
});

test("while the event loop is late, new sessions are refused; afterwards they are not", async () => {
  await using server = await serveEcho({ limits: { maxEventLoopDelayMs: 50 } });
  const { port } = server.address;
  await using old = await RawClient.connect(port);
  old.write("hello\n");
  await old.expect("hello\n");
  let isBusy = true;
  const work = (): void => {
    const until = performance.now() + 400;
    while (performance.now() < until);
    if (isBusy) setTimeout(work, 5);
  };
  work();
  const refused = async (): Promise<boolean> => {
    await using client = await RawClient.connect(port);
    client.write("hello\n");
    await client.expect(/\n/);
    return client.text.startsWith("error: the server takes no new sessions now");
  };
  const deadline = performance.now() + 20_000;
  while (!(await refused())) assert.ok(performance.now() < deadline, "it was never refused");
  old.write("still here\n");
  await old.expect("still here\n");
  isBusy = false;
  while (await refused()) assert.ok(performance.now() < deadline, "it is refused for ever");
});

test("with no file descriptor left the server goes on, and those that were silent make room", {
  skip: process.platform === "win32" ? "no limit of descriptors here" : missing("sh"),
}, async () => {
  const script = new URL("./echo-process.js", import.meta.url).pathname;
  await using server = new Program("sh", ["-c", `ulimit -n 100; exec "$0" "$1"`, process.execPath, script]);
  const port = Number((await server.expect(/listening on (\d+)/))[0]);
  await using bystander = await RawClient.connect(port);
  bystander.write("hello\n");
  await bystander.expect("hello\n");
  const silent = Array.from({ length: 300 }, () => connect({ port, host: "127.0.0.1" }).on("error", () => {}));
  let dropped = 0;
  for (const socket of silent) socket.on("close", () => (dropped += 1)).resume();
  await Promise.all(silent.map((socket) => once(socket, "connect")));
  for (let index = 0; index < 10; index += 1) {
    await using late = await RawClient.connect(port);
    late.write("late\n");
    await late.expect("late\n");
  }
  bystander.write("still here\n");
  await bystander.expect("still here\n");
  assert.ok(dropped >= 200, `${dropped} silent connections were dropped`);
  for (const socket of silent) socket.destroy();
});
