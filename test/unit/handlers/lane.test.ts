import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { allocateRing, LaneReader, LaneWriter } from "../../../src/handlers/lane.ts";

/** Both ends of a lane in one thread; turns end when the test says so. */
function makeLane() {
  const { port1, port2 } = new MessageChannel();
  const memory = allocateRing();
  const heard: { readonly a: number; readonly text: string }[] = [];
  const rung = { toReader: 0, toWriter: 0 };
  let turnEnds: (() => void)[] = [];
  const writer = new LaneWriter(
    { memory, port: port1 },
    () => {
      rung.toReader += 1;
    },
    (callback) => turnEnds.push(callback),
  );
  const reader = new LaneReader(
    { memory, port: port2 },
    () => {
      rung.toWriter += 1;
    },
    ({ a, bytes }) => heard.push({ a, text: Buffer.from(bytes).toString() }),
  );
  const endTurn = (): void => {
    const callbacks = turnEnds;
    turnEnds = [];
    for (const callback of callbacks) callback();
  };
  const tell = (a: number, payload?: string | Uint8Array): void =>
    writer.tell({ kind: 1, flags: 0, run: 1, a, b: 0 }, payload);
  const close = (): void => {
    port1.close();
    port2.close();
  };
  return { writer, reader, heard, rung, endTurn, tell, close };
}

describe("Lane", () => {
  test("rings once for everything of a turn, when that is over", () => {
    const { reader, heard, rung, endTurn, tell, close } = makeLane();
    for (let index = 0; index < 10; index += 1) tell(index, `${index}`);
    assert.equal(rung.toReader, 0);
    endTurn();
    assert.equal(rung.toReader, 1);
    reader.drain();
    assert.deepEqual(
      heard.map(({ a }) => a),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    close();
  });

  test("what was told is there before the turn is over: its writer may not live so long", () => {
    const { reader, heard, tell, close } = makeLane();
    tell(1, "last words");
    reader.drain();
    assert.deepEqual(heard, [{ a: 1, text: "last words" }]);
    close();
  });

  test("carries what is larger than the ring, in its place", () => {
    const { reader, heard, tell, close } = makeLane();
    const large = "ü".repeat(1_000_000);
    tell(1, "before");
    tell(2, large);
    tell(3, new Uint8Array(2_000_000).fill(65));
    tell(4, "after");
    reader.drain();
    assert.deepEqual(
      heard.map(({ a, text }) => [a, text.length]),
      [
        [1, 6],
        [2, 1_000_000],
        [3, 2_000_000],
        [4, 5],
      ],
    );
    assert.equal(heard[1]?.text, large);
    close();
  });

  test("keeps what finds no room, in order, and is woken when there is", () => {
    const { writer, reader, heard, rung, endTurn, tell, close } = makeLane();
    const bytes = new Uint8Array(10_000);
    for (let index = 0; index < 100; index += 1) {
      bytes.fill(65 + (index % 26));
      tell(index, bytes);
    }
    assert.equal(writer.isOpen, false);
    endTurn();
    while (!writer.isOpen) {
      const before = rung.toWriter;
      reader.drain();
      assert.equal(rung.toWriter, before + 1);
      writer.flush();
      endTurn();
    }
    reader.drain();
    assert.deepEqual(
      heard.map(({ a }) => a),
      Array.from({ length: 100 }, (_, index) => index),
    );
    for (const { a, text } of heard) assert.equal(text[0], String.fromCharCode(65 + (a % 26)));
    close();
  });
});
