import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConcurrentReadError } from "../../../src/runtime/errors.ts";
import { Inbox } from "../../../src/runtime/inbox.ts";
import { ReceivedMessage, TextPayload } from "../../../src/runtime/message.ts";
import { type ReadEnd, Reader, type ReaderOwner } from "../../../src/runtime/reader.ts";

/** What a reader reads from, and whom it tells. */
class World implements ReaderOwner {
  readonly inbox = new Inbox();
  readonly reader = new Reader(this, this.inbox);
  /** What it told, in order. */
  readonly told: string[] = [];
  readEnd: ReadEnd | undefined;
  mayTake = true;

  onAsk(): void {
    this.told.push("ask");
  }

  onTake(message: ReceivedMessage): void {
    this.told.push(`take ${message.sequence}`);
  }

  finish(message: ReceivedMessage): void {
    message.finished = true;
    this.told.push(`finish ${message.sequence}`);
  }

  onLeave(): void {
    this.told.push("leave");
  }

  arrive(...sequences: number[]): void {
    for (const sequence of sequences) {
      const owner = { reply: () => Promise.resolve(), finish: () => {} };
      this.inbox.push(new ReceivedMessage(owner, new TextPayload(`${sequence}`), sequence));
      this.reader.wake();
    }
  }

  end(name: ReadEnd["name"], code: number): void {
    this.readEnd = { sessionId: "s", name, code, reason: "", by: "server", retryAfterMs: 0 };
    this.reader.wake();
  }
}

async function textOf(next: Promise<IteratorResult<ReceivedMessage, undefined>>): Promise<string | undefined> {
  return (await next).value?.text();
}

describe("taking messages", () => {
  test("asking for the next finishes the one before", async () => {
    const world = new World();
    world.arrive(1, 2);
    assert.equal(await textOf(world.reader.next()), "1");
    assert.equal(await textOf(world.reader.next()), "2");
    assert.deepEqual(world.told, ["ask", "take 1", "finish 1", "ask", "take 2"]);
  });

  test("who waits is told when one comes", async () => {
    const world = new World();
    const next = world.reader.next();
    assert.equal(world.reader.isWaiting, true);
    world.arrive(1);
    assert.equal(await textOf(next), "1");
    assert.equal(world.reader.isWaiting, false);
  });

  test("nothing is given while nothing may be taken; whoever waits is told when it may", async () => {
    const world = new World();
    world.mayTake = false;
    world.arrive(1);
    const next = world.reader.next();
    world.arrive(2);
    assert.equal(world.reader.isWaiting, true);
    assert.deepEqual(world.told, ["ask"]);
    world.mayTake = true;
    world.reader.wake();
    assert.equal(await textOf(next), "1");
  });

  test("one reader at a time", async () => {
    const world = new World();
    const first = world.reader.next();
    await assert.rejects(world.reader.next(), ConcurrentReadError);
    world.arrive(1);
    assert.equal(await textOf(first), "1");
  });
});

describe("the end", () => {
  test("comes after what was buffered: quietly when it is normal", async () => {
    const world = new World();
    world.arrive(1);
    world.end("normal", 1000);
    assert.equal(await textOf(world.reader.next()), "1");
    assert.deepEqual(await world.reader.next(), { value: undefined, done: true });
  });

  test("is thrown when it is anything else", async () => {
    const world = new World();
    world.arrive(1);
    world.end("kicked", 4012);
    assert.equal(await textOf(world.reader.next()), "1");
    await assert.rejects(world.reader.next(), { name: "SessionClosedError", code: 4012 });
  });

  test("reaches who waits", async () => {
    const quiet = new World();
    const done = quiet.reader.next();
    quiet.end("normal", 1000);
    assert.equal((await done).done, true);
    const loud = new World();
    const rejected = assert.rejects(loud.reader.next(), { code: 1011 });
    loud.end("handler-error", 1011);
    await rejected;
  });
});

describe("stopping", () => {
  test("leaving the loop tells so, and leaves open what became of the message", async () => {
    const world = new World();
    world.arrive(1);
    await world.reader.next();
    assert.deepEqual(await world.reader.return(), { value: undefined, done: true });
    assert.deepEqual(world.told.slice(2), ["leave"]);
  });

  test("a signal gives up waiting, and nothing else: the next message is the next reader's", async () => {
    const world = new World();
    const abort = new AbortController();
    const received = world.reader.receive(abort.signal);
    abort.abort(new Error("enough"));
    await assert.rejects(received, /enough/);
    world.arrive(1);
    assert.equal((await world.reader.receive())?.text(), "1");
    await assert.rejects(world.reader.receive(abort.signal), /enough/);
  });

  test("stopping finishes the message, and ends the waiting", async () => {
    const world = new World();
    world.arrive(1);
    await world.reader.next();
    world.reader.stop();
    assert.equal(world.told.at(-1), "finish 1");
    const waiting = world.reader.next();
    world.reader.stop();
    assert.equal((await waiting).done, true);
  });

  test("who was abandoned hears nothing more, and finishes nothing", async () => {
    const world = new World();
    world.arrive(1);
    await world.reader.next();
    const heard: unknown[] = [];
    world.reader.abandon();
    void world.reader.next().then((result) => heard.push(result));
    world.arrive(2);
    world.end("normal", 1000);
    world.reader.finishCurrent();
    await new Promise(setImmediate);
    assert.deepEqual(heard, []);
    assert.deepEqual(world.told, ["ask", "take 1"]);
  });
});
