import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokerError } from "../../../src/broker/broker.ts";
import { MemoryBroker, type MemoryOptions, memory } from "../../../src/broker/memory.ts";

function open(options: MemoryOptions): MemoryBroker {
  let epochs = 0;
  const random = (): number => {
    epochs += 1;
    return epochs / 1_000;
  };
  return new MemoryBroker(options, { now: () => 0, wallNow: () => 1_700_000_000_000, random });
}

const ALL = { entries: 1_000, bytes: 1_000_000 };

test("among too many rooms, the one goes that was written to longest ago and that nobody follows", async () => {
  const broker = open({ maxRooms: 3 });
  for (const room of ["followed", "old", "young"]) await broker.append(room, [{ payload: room }]);
  await broker.follow("followed", await broker.head("followed"), () => {});
  const epochs = [(await broker.head("followed")).epoch, (await broker.head("old")).epoch];
  await broker.append("new", [{ payload: "new" }]);
  assert.equal((await broker.head("followed")).epoch, epochs[0]);
  const old = await broker.head("old");
  assert.notEqual(old.epoch, epochs[1], "a log that was dropped is another one when it comes back");
  assert.equal(old.offset, 0);
});

test("when every room is followed there is no room for another, and the error says so", async () => {
  const broker = open({ maxRooms: 1 });
  const follow = await broker.follow("lobby", await broker.head("lobby"), () => {});
  await assert.rejects(broker.append("another", [{ payload: "" }]), (error) => {
    return error instanceof BrokerError && error.message.includes("maxRooms");
  });
  follow.close();
  await broker.append("another", [{ payload: "" }]);
});

test("all logs together hold so many bytes: the least recently used room is emptied", async () => {
  const broker = open({ maxTotalBytes: 100 });
  await broker.append("red", [{ payload: "r".repeat(40) }]);
  await broker.append("blue", [{ payload: "b".repeat(40) }]);
  await broker.append("red", [{ payload: "r".repeat(10) }]);
  await broker.append("green", [{ payload: "g".repeat(40) }]);
  assert.equal((await broker.readBack("blue", undefined, ALL)).entries.length, 0);
  assert.equal((await broker.readBack("red", undefined, ALL)).entries.length, 2);
  assert.equal((await broker.head("blue")).offset, 1, "its head stays");
});

test("a key does not outlive its log", async () => {
  const broker = open({ maxRooms: 1 });
  await broker.append("lobby", [{ payload: "x", key: "k", keepKeyMs: 1_000 }]);
  await broker.head("another");
  const [appended] = await broker.append("lobby", [{ payload: "x", key: "k", keepKeyMs: 1_000 }]);
  assert.equal(appended?.isRepeat, false);
});

test("memory() is a broker that does not outlive the server, unless it is said to", () => {
  assert.equal(memory().outlivesServer, false);
  assert.equal(memory({ outlivesServer: true }).outlivesServer, true);
});
