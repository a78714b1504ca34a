import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type ClientSession, connect, type Gap, type Message } from "bowline/client";
import { Child } from "../programs/child.ts";
import type { LoggingServer } from "./processes/logging-server.ts";

const CLIENTS = 10;
const KILLS = 6;
/** Messages of a client that are acknowledged between two kills: of every client's, or of the first that gets there. */
const BETWEEN_KILLS = 40;
const LAST = "that was all";

/** A client that counts; what it hears is its own numbers again, and everybody's in the room. */
class Counter {
  readonly session: ClientSession;
  readonly id: string;
  /** The last number that was said, and the last that is known to be handled. */
  said = 0;
  handled = 0;
  readonly gaps: Gap[] = [];
  roomGaps = 0;
  readonly faults: string[] = [];
  #isStopping = false;
  #heard = 0;
  #received = 0;
  #offset: number | undefined;
  #mayJump = false;
  #onProgress: () => void = () => {};

  constructor(session: ClientSession) {
    this.session = session;
    this.id = session.id;
  }

  async say(): Promise<void> {
    while (!this.#isStopping) {
      this.said += 1;
      const number = this.said;
      await this.session.send(`${number}`);
      if (number % 5 !== 0) continue;
      const flushed = this.session.flush().then(() => {
        this.handled = Math.max(this.handled, number);
        this.#onProgress();
      });
      // No more than a few are on their way, so that kills come between them.
      if (number % 20 === 0) await flushed;
      else await nextTurn();
    }
    await this.session.send(LAST);
    await this.session.flush();
  }

  stop(): void {
    this.#isStopping = true;
  }

  async untilHandled(number: number): Promise<void> {
    while (this.handled < number) {
      await new Promise<void>((resolve) => {
        this.#onProgress = resolve;
      });
    }
  }

  async hear(): Promise<void> {
    for await (const message of this.session) {
      if (message.room !== undefined) this.#onEntry(message);
      else if (this.#onMessage(message) === LAST) return;
    }
  }

  #onMessage(message: Message): string {
    const text = message.text();
    if (message.gap !== undefined) {
      assert.equal(message.gap.reason, "server-restarted");
      if (message.gap.from !== this.#received + 1) this.faults.push(`a gap from ${message.gap.from}`);
      this.gaps.push(message.gap);
      this.#mayJump = true;
      return text;
    }
    if (message.sequence !== this.#received + 1) {
      this.faults.push(`message ${message.sequence} came after ${this.#received}`);
    }
    this.#received = message.sequence;
    if (text === LAST) return text;
    // A killed server's answers may be lost, and may come twice; but not unsaid.
    const number = Number(text);
    if (number !== this.#heard + 1 && !this.#mayJump) this.faults.push(`${number} came after ${this.#heard}`);
    this.#mayJump = false;
    this.#heard = number;
    return text;
  }

  #onEntry(message: Message): void {
    if (message.gap !== undefined) {
      assert.equal(message.gap.reason, "log-replaced");
      const { from, to } = message.gap;
      if (to !== 0 || (this.#offset !== undefined && from !== this.#offset + 1)) {
        this.faults.push(`a gap from ${from} to ${to} came after entry ${this.#offset}`);
      }
      this.roomGaps += 1;
      this.#offset = undefined;
      return;
    }
    const offset = message.offset as number;
    if (this.#offset !== undefined && offset !== this.#offset + 1) {
      this.faults.push(`entry ${offset} came after ${this.#offset}`);
    }
    this.#offset = offset;
  }
}

test("clients of a killed server are revived: what was acknowledged is not repeated, the rest is not lost", {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bowline-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "log");
  const signingKey = new Uint8Array(randomBytes(32));
  const limits = { maxEventLoopDelayMs: 60_000 };
  const run = async (port: number): Promise<[Child<LoggingServer>, number]> => {
    const child = await Child.start<LoggingServer>(join(import.meta.dirname, "processes/logging-server.js"), {
      args: [log],
    });
    return [child, await child.call("start", { port, signingKey, limits })];
  };

  let [server, port] = await run(0);
  t.after(() => server.kill());
  const backoff = { firstMs: 20, maxMs: 100 };
  const counters = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const scheme = index % 2 === 0 ? "bowline" : "ws";
      return new Counter(await connect(`${scheme}://127.0.0.1:${port}`, { backoff }));
    }),
  );
  const talking = counters.flatMap((counter) => [counter.say(), counter.hear()]);
  const progress = (): Promise<void>[] =>
    counters.map((counter) => counter.untilHandled(counter.handled + BETWEEN_KILLS));
  /** What was known to be handled when each process began. */
  const handledBefore = new Map<number, readonly number[]>();
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Every second kill comes while others are still coming back from the one before.
    await (kill % 2 === 0 ? Promise.all(progress()) : Promise.race(progress()));
    await server.kill();
    const handled = counters.map((counter) => counter.handled);
    [server] = await run(port);
    handledBefore.set(server.pid, handled);
  }
  await Promise.all(progress());
  for (const counter of counters) counter.stop();
  await Promise.all(talking);

  const lines = readFileSync(log, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" "));
  let repeated = 0;
  for (const [index, counter] of counters.entries()) {
    assert.deepEqual(counter.faults, []);
    assert.equal(counter.session.id, counter.id);
    assert.equal(counter.session.origin, "revived");
    // Whoever was not back when the next kill came knows of one gap for both.
    const starts = counter.gaps.map(({ from }) => from);
    assert.equal(new Set(starts).size, starts.length);
    for (const count of [starts.length, counter.roomGaps]) assert.ok(count >= KILLS / 2 && count <= KILLS);
    for (const { to } of counter.gaps) assert.equal(to, 0);

    // What each server handled: consecutive numbers, from the first that the one before had not acknowledged.
    let last = 0;
    for (const [pid, numbers] of runsOf(lines.filter(([, id]) => id === counter.id))) {
      const [first = 0] = numbers;
      assert.ok(first <= last + 1, `${first} came after ${last}: something was lost`);
      const known = handledBefore.get(pid)?.[index] ?? 0;
      assert.ok(first > known, `${first} was handled again, and ${known} had been acknowledged`);
      assert.deepEqual(
        numbers,
        numbers.map((_, place) => first + place),
      );
      repeated += last + 1 - first;
      last = first + numbers.length - 1;
    }
    assert.equal(last, counter.said + 1, "LAST comes after all numbers");
    const info = await counter.session.close();
    assert.ok(info.confirmed);
    assert.deepEqual(info.undelivered, []);
  }
  t.diagnostic(
    `${CLIENTS} clients, ${KILLS} kills, ${lines.length} messages handled, ${repeated} of them for a second time`,
  );
  await server.kill();
});

/** The numbers that each process handled, in the order of the processes. */
function runsOf(lines: readonly (readonly string[])[]): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const [pid, , sequence] of lines) {
    const run = runs.get(Number(pid)) ?? [];
    run.push(Number(sequence));
    runs.set(Number(pid), run);
  }
  return runs;
}
