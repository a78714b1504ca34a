// Clients whose process dies, as the others in a room see it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type PresenceChange, type Server, serve } from "bowline";
import { Child } from "../programs/child.ts";
import type { QuietClient } from "./processes/quiet-client.ts";

const RESUME_WINDOW_MS = 1_500;
const DEADLINE_MS = 20_000;

/** A server with one room, and everything that was told of it. */
class Watched implements AsyncDisposable {
  readonly server: Server;
  readonly changes: readonly (PresenceChange & { readonly at: number })[];
  readonly #told: EventTarget;

  private constructor(server: Server, changes: Watched["changes"], told: EventTarget) {
    this.server = server;
    this.changes = changes;
    this.#told = told;
  }

  static async start(): Promise<Watched> {
    const changes: (PresenceChange & { readonly at: number })[] = [];
    const told = new EventTarget();
    const server = await serve(
      {
        port: 0,
        limits: { resumeWindowMs: RESUME_WINDOW_MS },
        onpresence(change) {
          changes.push({ ...change, at: performance.now() });
          told.dispatchEvent(new Event("told"));
        },
      },
      async (session) => {
        await session.join("lobby");
        for await (const _ of session);
      },
    );
    return new Watched(server, changes, told);
  }

  get url(): string {
    return `bowline://127.0.0.1:${this.server.address.port}`;
  }

  /** The first change in which this session is in the list. */
  async change(list: "joined" | "left" | "away" | "back", id: string): Promise<PresenceChange & { at: number }> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = this.changes.find((change) => change[list].some(({ sessionId }) => sessionId === id));
      if (found !== undefined) return found;
      await once(this.#told, "told", { signal });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close({ drainTimeoutMs: 0 });
  }
}

test("a client that is killed is away at once, and gone after its window", { timeout: 60_000 }, async (t) => {
  await using lobby = await Watched.start();
  const program = join(import.meta.dirname, "processes/quiet-client.js");
  await using client = await Child.start<QuietClient>(program);
  const id = await client.call("start", lobby.url);
  assert.equal((await lobby.change("joined", id)).count, 1);
  const killedAt = performance.now();
  client.signal("SIGKILL");
  const away = await lobby.change("away", id);
  assert.deepEqual([away.count, away.awayCount], [1, 1]);
  assert.deepEqual(lobby.server.room("lobby").members(), away.away);
  const noticedMs = away.at - killedAt;
  t.diagnostic(`the loss was told after ${noticedMs.toFixed(0)} ms`);
  assert.ok(noticedMs < RESUME_WINDOW_MS, `${noticedMs} ms`);
  const left = await lobby.change("left", id);
  assert.deepEqual([left.count, left.awayCount], [0, 0]);
  const keptMs = left.at - away.at;
  assert.ok(keptMs > RESUME_WINDOW_MS * 0.9, `it was given ${keptMs} ms to come back`);
  assert.deepEqual(lobby.server.room("lobby").members(), []);
  assert.equal(lobby.changes.length, 3);
});

test("a plain client whose connection is reset has left", async () => {
  await using lobby = await Watched.start();
  const socket = dial({ port: lobby.server.address.port, host: "127.0.0.1" });
  socket.write("hello\n");
  while (lobby.changes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const id = lobby.changes[0]?.joined[0]?.sessionId ?? "";
  socket.resetAndDestroy();
  assert.equal((await lobby.change("left", id)).count, 0);
  assert.equal(lobby.changes.length, 2);
});
