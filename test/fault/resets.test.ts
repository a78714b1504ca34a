// Connections that break at any moment, on either side of every step.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Server, serve } from "../../src/index.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { certificate, privateKey } from "../certificate.ts";
import { RawClient } from "../raw-client.ts";
import { ackFrame, messageFrame, openFrame, PREFACE, upgradeRequest } from "../raw-frames.ts";

const ROUNDS = 400;

/** What a client says, step by step; it may break after any of them. */
const CONVERSATIONS: readonly (readonly (string | Uint8Array)[])[] = [
  ["hello\n", "again\n", "bye\n"],
  ["x".repeat(5_000)],
  [PREFACE, openFrame(), ackFrame(0), messageFrame(1, "hello"), messageFrame(2, "bye")],
  [PREFACE, ackFrame(0)],
  ["BOWLINE/7\n"],
  ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
  [upgradeRequest(), Uint8Array.of(0x88, 0x80, 0, 0, 0, 0)],
  [upgradeRequest({ "Sec-WebSocket-Protocol": "bowline.1" }), Uint8Array.of(0x82, 0x80, 0, 0, 0, 0)],
  // Refused: by its origin, by its version.
  [upgradeRequest({ Origin: "https://elsewhere.example" })],
  [upgradeRequest().replace("Version: 13", "Version: 12")],
  [Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
];

async function converse(server: Server, random: SeededRandom, isSecure: boolean): Promise<void> {
  const steps = CONVERSATIONS[Math.floor(random.fraction() * CONVERSATIONS.length)] ?? [];
  const last = Math.floor(random.fraction() * (steps.length + 1));
  const client = await RawClient.connect(server.address.port, { tls: isSecure });
  for (const step of steps.slice(0, last)) {
    client.write(step);
    for (let turns = Math.floor(random.fraction() * 4); turns > 0; turns -= 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (!isSecure && random.fraction() < 0.7) client.socket.resetAndDestroy();
  else client.socket.destroy();
}

test("no connection that breaks takes anything with it", async () => {
  const tls = { key: privateKey, cert: certificate };
  const limits = { maxLineBytes: 4_096, resumeWindowMs: 500 };
  const fetch = () => new Response("page".repeat(10_000));
  await using server = await serve({ port: 0, tls, limits, fetch }, async (session) => {
    for await (const message of session) {
      if (message.text() === "bye") return;
      for (let answer = 0; answer < 50; answer += 1) await session.send("x".repeat(1_000));
    }
  });
  await using bystander = await RawClient.connect(server.address.port);
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round += 10) {
    const some = Array.from({ length: 10 }, (_, index) => converse(server, random, index % 3 === 0));
    await Promise.all(some);
    bystander.write("hello\n");
    await bystander.expect(/(x{1000}\n){50}/);
  }
  const deadline = performance.now() + 20_000;
  while (server.sessions.size > 1) {
    assert.ok(performance.now() < deadline, `seed ${seed}: ${server.sessions.size} sessions are left`);
    await new Promise((resolve) => setImmediate(resolve));
  }
});
