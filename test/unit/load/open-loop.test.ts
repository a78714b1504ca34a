import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { lines } from "../../../src/load/line-client.ts";
import { openClients } from "../../../src/load/load-client.ts";
import { exchangeAtRate, percentile } from "../../../src/load/open-loop.ts";
import { startServer } from "./echo.ts";

test("a message is said for each tick of the rate, and each has a latency", async () => {
  await using server = await startServer("echo");
  const clients = await openClients(lines, server.target, 3);
  const latencies = await exchangeAtRate(clients, 500, 100);
  assert.equal(latencies.ms.length, 50);
  assert.ok(latencies.ms.every((ms) => ms > 0));
  assert.ok(percentile(latencies, 50) <= percentile(latencies, 99));
  for (const client of clients) client.drop();
});

test("a server that stalls pays for every message that was due meanwhile", async () => {
  // Ten messages, ten milliseconds apart, all answered after the last one.
  const stalling = createServer((socket) => {
    let said = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      said += chunk;
      if (said.split("\n").length > 10) socket.write(said);
    });
  }).listen(0, "127.0.0.1");
  await once(stalling, "listening");
  const { port } = stalling.address() as AddressInfo;
  const clients = await openClients(lines, { host: "127.0.0.1", port, isSecure: false, path: "/" }, 1);
  const latencies = await exchangeAtRate(clients, 100, 100);
  clients[0]?.drop();
  stalling.close();
  const waited = percentile(latencies, 100) - percentile(latencies, 1);
  assert.ok(waited >= 85, `the first waited ${waited} ms longer than the last`);
});

test("percentiles are of what was measured", () => {
  const ms = Float64Array.from({ length: 1_000 }, (_, index) => index + 1);
  const latencies = { ms, latestMs: 0 };
  assert.deepEqual(
    [50, 99, 99.9, 100].map((percent) => percentile(latencies, percent)),
    [500, 990, 999, 1_000],
  );
});
