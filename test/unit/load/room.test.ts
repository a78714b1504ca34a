import assert from "node:assert/strict";
import { test } from "node:test";
import { broadcast, settle } from "../../../src/load/closed-loop.ts";
import { frames } from "../../../src/load/frame-client.ts";
import { openClients } from "../../../src/load/load-client.ts";
import { broadcastAtRate } from "../../../src/load/open-loop.ts";
import { startServer } from "./echo.ts";

test("in a room, what one member says is heard by all, and acknowledged, so that it goes on", async () => {
  await using server = await startServer("room");
  const members = await openClients(frames, server.target, 4);
  await settle(members);
  // Several windows' worth.
  const { messages } = await broadcast(members, 3_000, 1);
  assert.ok(messages >= 12_000 && messages % 12_000 === 0, `${messages} deliveries`);
  const { ms } = await broadcastAtRate(members, 200, 50);
  assert.equal(ms.length, 40);
  for (const member of members) member.drop();
});
