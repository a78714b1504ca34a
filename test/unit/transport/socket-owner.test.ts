import assert from "node:assert/strict";
import { test } from "node:test";
import { disown, own, type SocketOwner } from "../../../src/transport/socket-owner.ts";
import { until } from "../../recorders.ts";
import { socketPair } from "../../socket-fixture.ts";

class Owner implements SocketOwner {
  readonly told: string[] = [];

  onData(bytes: Uint8Array): void {
    this.told.push(String(bytes));
  }

  onEnd(): void {
    this.told.push("end");
  }

  onDrain(): void {
    this.told.push("drain");
  }

  onError(error: Error): void {
    this.told.push(error.name);
  }

  onClose(): void {
    this.told.push("close");
  }
}

test("whoever owns the socket now is told, and nobody else", async () => {
  await using pair = await socketPair();
  const first = new Owner();
  const second = new Owner();
  own(pair.server, first);
  pair.server.resume();
  pair.client.write("one");
  await until(() => first.told.length === 1, "the first chunk");
  own(pair.server, second);
  pair.client.end("two");
  await until(() => second.told.includes("end"), "the end");
  assert.deepEqual([first.told, second.told], [["one"], ["two", "end"]]);
  for (const event of ["data", "drain", "error"]) assert.equal(pair.server.listenerCount(event), 1, event);
});

test("a socket that is left is paused, with what was not used put back, and can be taken again", async () => {
  await using pair = await socketPair();
  const first = new Owner();
  own(pair.server, first);
  pair.server.resume();
  pair.client.write("used unused");
  await until(() => first.told.length === 1, "the chunk");
  disown(pair.server, Buffer.from("unused"));
  assert.equal(pair.server.isPaused(), true);
  for (const event of ["data", "drain", "error", "close"]) assert.equal(pair.server.listenerCount(event), 0, event);
  const second = new Owner();
  own(pair.server, second);
  pair.server.resume();
  pair.client.destroy();
  await until(() => second.told.length >= 2, "what was put back");
  assert.deepEqual(second.told.slice(0, 1), ["unused"]);
  assert.deepEqual(first.told, ["used unused"]);
});
