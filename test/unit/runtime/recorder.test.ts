import assert from "node:assert/strict";
import { test } from "node:test";
import { Recorder } from "../../../src/runtime/recorder.ts";

function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A record that counts changes, and a store that answers when the test says so. */
class World {
  value = 0;
  readonly log: string[] = [];
  readonly recorder = new Recorder<number>({
    record: () => this.value,
    write: (record) => {
      this.log.push(`write ${record}`);
      return new Promise((resolve, reject) => {
        this.answer = (error) => (error === undefined ? resolve() : reject(error));
      });
    },
    onCommitted: (record) => void this.log.push(`committed ${record}`),
    onWriteFailed: (error) => void this.log.push(`failed: ${(error as Error).message}`),
  });
  answer: (error?: Error) => void = () => {};

  change(): void {
    this.value += 1;
    this.recorder.changed();
  }

  async settle(error?: Error): Promise<void> {
    this.answer(error);
    await rest();
  }
}

test("what changes in one turn is one record", async () => {
  const world = new World();
  world.change();
  world.change();
  await rest();
  assert.deepEqual(world.log, ["write 2"]);
});

test("one write at a time; what changes meanwhile is in the next", async () => {
  const world = new World();
  world.change();
  await rest();
  world.change();
  world.change();
  await rest();
  assert.deepEqual(world.log, ["write 1"]);
  await world.settle();
  assert.deepEqual(world.log, ["write 1", "committed 1", "write 3"]);
  await world.settle();
  world.change();
  await rest();
  assert.deepEqual(world.log.slice(3), ["committed 3", "write 4"]);
});

test("what was not written is not committed, and is in the next", async () => {
  const world = new World();
  world.change();
  await rest();
  await world.settle(new Error("disk full"));
  assert.deepEqual(world.log, ["write 1", "failed: disk full"]);
  world.recorder.changed();
  await rest();
  await world.settle();
  assert.deepEqual(world.log.slice(2), ["write 1", "committed 1"]);
});

test("last words come after the write under way, and then nothing more", async () => {
  const world = new World();
  world.change();
  await rest();
  world.change();
  const finished = world.recorder.finish(async () => void world.log.push("last words"));
  await rest();
  assert.deepEqual(world.log, ["write 1"]);
  await world.settle();
  await finished;
  world.change();
  await rest();
  assert.deepEqual(world.log, ["write 1", "last words"]);
});
