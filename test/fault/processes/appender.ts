// Appends to a SQLite broker as fast as it can, until it is killed, and says what was acknowledged:
// `node appender.js FOLDER NEXT`, where NEXT has the number at which each sender goes on, as JSON.

import { SqliteBroker } from "../../../src/broker/sqlite/sqlite.ts";
import type { StoredSession } from "../../../src/runtime/ports.ts";

const [, , folder = "", next = "[]"] = process.argv;
const broker = new SqliteBroker(folder, {}, Date.now);
const KEEP_MS = 3_600_000;

/** To a pipe this is there when it returns, whatever happens to the process. */
function say(...words: (string | number | boolean)[]): void {
  process.stdout.write(`${words.join(" ")}\n`);
}

/** What a sender says as its number `n`: always the same. */
function entryOf(sender: number, n: number): { payload: string; key: string; keepKeyMs: number } {
  return {
    payload: `${sender} ${n} ${"x".repeat((n * 37 + sender) % 900)}`,
    key: `${sender}/${n}`,
    keepKeyMs: KEEP_MS,
  };
}

async function append(sender: number, from: number): Promise<never> {
  const room = `room ${sender % 3}`;
  for (let n = from; ; ) {
    // Now and then several at once: all of them, or none.
    const numbers = n % 4 === 0 ? [n, n + 1, n + 2] : [n];
    const appended = await broker.append(
      room,
      numbers.map((number) => entryOf(sender, number)),
    );
    for (const { epoch, offset } of appended) {
      say("appended", sender, n, epoch, offset);
      n += 1;
    }
  }
}

async function follow(room: string): Promise<void> {
  await broker.follow(room, await broker.head(room), (entries) => {
    for (const { offset, payload } of entries) say("heard", room.slice("room ".length), offset, String(payload));
  });
}

async function store(): Promise<never> {
  for (let n = Date.now(); ; n += 1) {
    const close = { code: 1000, reason: "", retryAfterMs: 0, sent: n, received: 0, by: "server" } as const;
    await broker.sessions.put("session", { kind: "tombstone", close } satisfies StoredSession, KEEP_MS);
    say("stored", n);
  }
}

await Promise.all([follow("room 0"), follow("room 1"), follow("room 2")]);
await Promise.all([store(), ...(JSON.parse(next) as number[]).map((from, sender) => append(sender, from))]);
