import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectError } from "../../../src/client/errors.ts";
import { memoryStore, type Store } from "../../../src/client/store.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import type { ClientSnapshot } from "../../../src/session/client-snapshot.ts";
import { rest, ScriptedServer } from "../../client-fixture.ts";

const CRC_OF_ONE = 0x7a6c_86f1;

/** A store whose writes wait until the test lets them through, or fails them. */
class SlowStore implements Store {
  kept: ClientSnapshot | undefined;
  isOpen = false;
  readonly #writes: { done: () => void; fail: (error: Error) => void }[] = [];

  async open(): Promise<{
    snapshot: ClientSnapshot | undefined;
    write: (snapshot: ClientSnapshot | undefined) => Promise<void>;
    close: () => void;
  }> {
    this.isOpen = true;
    return {
      snapshot: this.kept,
      write: (snapshot) =>
        new Promise((resolve, reject) => {
          const done = (): void => {
            this.kept = snapshot;
            resolve();
          };
          this.#writes.push({ done, fail: reject });
        }),
      close: () => {
        this.isOpen = false;
      },
    };
  }

  get waiting(): number {
    return this.#writes.length;
  }

  async finish(): Promise<void> {
    for (const { done } of this.#writes.splice(0)) done();
    await rest();
  }

  async finishAll(): Promise<void> {
    while (this.waiting > 0) await this.finish();
  }

  async fail(): Promise<void> {
    for (const { fail } of this.#writes.splice(0)) fail(new Error("disk full"));
    await rest();
  }
}

describe("a session with a store", () => {
  test("is kept before anything that was sent leaves", async () => {
    const server = new ScriptedServer();
    const store = new SlowStore();
    const session = await server.open({ store });
    await session.send("one");
    await rest();
    assert.deepEqual(server.last.messages, []);
    await store.finish();
    assert.equal(store.kept?.id, "s1");
    await session.send("two");
    await rest();
    assert.deepEqual(server.last.messages, [], "the write that was under way has not got it");
    await store.finish();
    assert.deepEqual(server.last.messages, ["1 one"]);
    await store.finish();
    assert.deepEqual(server.last.messages, ["1 one", "2 two"]);
  });

  test("an acknowledgement waits, too: what was acknowledged is not asked for again", async () => {
    const server = new ScriptedServer();
    const store = new SlowStore();
    const session = await server.open({ store });
    await store.finish();
    await server.last.message(1, "hello");
    const message = await session.receive();
    message?.done();
    await server.clock.advance(1_000);
    assert.equal(server.last.sent.length, 2);
    await store.finishAll();
    assert.equal(store.kept?.taken, 1);
    await server.clock.advance(25);
    assert.deepEqual(server.last.sent[2], { type: FrameType.ack, alias: 0, number: 1 });
  });

  test("one write at a time, each with all that changed meanwhile", async () => {
    const server = new ScriptedServer();
    const store = new SlowStore();
    const session = await server.open({ store });
    await store.finish();
    for (let index = 0; index < 10; index += 1) {
      await session.send(`${index}`);
      await rest();
      assert.equal(store.waiting, 1);
    }
    await store.finish();
    await store.finish();
    assert.equal(store.kept?.outbox.length, 10);
    assert.equal(server.last.messages.length, 10);
    await rest();
    assert.equal(store.waiting, 0);
  });

  test("what is sent without a connection is kept", async () => {
    const server = new ScriptedServer();
    const store = new SlowStore();
    const session = await server.open({ store });
    await store.finish();
    await server.last.lose();
    await session.send("offline");
    await rest();
    await store.finish();
    assert.equal(store.kept?.outbox.length, 1);
  });

  test("goes on after a reload: same session, nothing lost, nothing again", async () => {
    const store = new SlowStore();
    const before = new ScriptedServer();
    const first = await before.open({ store });
    await store.finishAll();
    await first.send("one");
    await first.send("two");
    await rest();
    await store.finishAll();
    await before.last.ack(1);
    await before.last.message(1, "taken");
    await before.last.message(2, "waiting");
    (await first.receive())?.done();
    await rest();
    await store.finishAll();
    // The page is gone, and with it everything that was in memory.
    const after = new ScriptedServer();
    after.chance = 0.25;
    const connecting = after.connect({ store });
    await rest();
    const { sessionId, token, received, acked, sent, instance } = after.last.open;
    assert.deepEqual([sessionId, token, received, acked, sent], ["s1", "t1", 1, 1, 2]);
    assert.notEqual(instance, before.connections[0]?.open.instance);
    await after.last.opened({ origin: "resumed", received: 1, sent: 2, checksum: CRC_OF_ONE });
    const second = await connecting;
    await store.finishAll();
    assert.equal(second.origin, "resumed");
    assert.deepEqual(after.last.messages, ["2 two"]);
    await after.last.message(2, "waiting");
    assert.equal((await second.receive())?.text(), "waiting");
  });

  test("rooms' cursors are kept, too", async () => {
    const store = new SlowStore();
    const before = new ScriptedServer();
    const session = await before.open({ store });
    await store.finishAll();
    const { last } = before;
    await last.say({ type: FrameType.joined, alias: 7, name: "lobby", epoch: 3, cursor: 10, head: 12, ticket: "ok" });
    for (const offset of [11, 12]) {
      const payload = new TextEncoder().encode(`${offset}`);
      await last.say({ type: FrameType.entry, alias: 7, flags: 1, offset, step: 1, at: 0, payload });
    }
    (await session.receive())?.done();
    await rest();
    await store.finishAll();
    const after = new ScriptedServer();
    void after.connect({ store });
    await rest();
    assert.deepEqual(after.last.open.rooms, [{ name: "lobby", epoch: 3, cursor: 11, ticket: "ok" }]);
  });

  test("is forgotten when it has ended", async () => {
    const server = new ScriptedServer();
    const store = memoryStore();
    const session = await server.open({ store });
    await rest();
    await server.last.close("kicked");
    await session.closed;
    await rest();
    const opened = await store.open();
    assert.ok(opened !== undefined, "and the store is free");
    assert.equal(opened.snapshot, undefined);
  });

  test("stays when the server cannot be reached; another connect goes on with it", async () => {
    const server = new ScriptedServer();
    const store = new SlowStore();
    await server.open({ store });
    await store.finish();
    const later = new ScriptedServer();
    later.network = new Error("no route");
    await assert.rejects(later.connect({ store }), ConnectError);
    await rest();
    assert.equal(store.kept?.id, "s1");
    assert.equal(store.isOpen, false);
    later.network = "up";
    await later.open({ store }, { origin: "resumed" });
    assert.equal(later.last.open.sessionId, "s1");
  });

  test("one that the server no longer has is handed back and forgotten", async () => {
    const before = new ScriptedServer();
    const store = new SlowStore();
    const session = await before.open({ store });
    await store.finish();
    await session.send("lost?");
    await rest();
    await store.finish();
    const after = new ScriptedServer();
    const connecting = assert.rejects(after.connect({ store }), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.code, 4004);
      assert.deepEqual(
        error.info?.undelivered.map(({ sequence }) => sequence),
        [1],
      );
      return true;
    });
    await rest();
    await after.last.close("session-expired");
    await connecting;
    await rest();
    await store.finish();
    assert.equal(store.kept, undefined);
  });

  test("who does not get the store opens a session that is not kept", async () => {
    const server = new ScriptedServer();
    const store = memoryStore();
    await server.open({ store });
    await server.open({ store }, { sessionId: "s2" });
    assert.equal(server.last.open.sessionId, "");
    await rest();
    await server.connections[0]?.close("normal");
    await rest();
    assert.equal((await store.open())?.snapshot, undefined, "the second one has left nothing in it");
  });

  test("a store that fails is left, and the session goes on", async () => {
    const server = new ScriptedServer();
    const store = new SlowStore();
    const session = await server.open({ store });
    await session.send("one");
    await rest();
    await store.fail();
    assert.deepEqual(
      server.diagnostics.map(({ name }) => name),
      ["store-error"],
    );
    await store.finish();
    assert.equal(store.kept, undefined, "it must not come back as it was");
    assert.deepEqual(server.last.messages, ["1 one"]);
  });

  test("a store that cannot be opened is done without", async () => {
    const server = new ScriptedServer();
    const store = { open: () => Promise.reject(new Error("private window")) };
    const session = await server.open({ store });
    assert.equal(session.status, "open");
    assert.deepEqual(
      server.diagnostics.map(({ name }) => name),
      ["store-error"],
    );
  });
});
