import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { RingReader, RingWriter, type Telling } from "../../../src/handlers/ring.ts";

const CAPACITY = 4_096;
const telling: Telling = { kind: 1, flags: 0, run: 1, a: 0, b: 0 };

function makeRing(): { readonly writer: RingWriter; readonly reader: RingReader } {
  const memory = RingWriter.allocate(CAPACITY);
  return { writer: new RingWriter(memory), reader: new RingReader(memory) };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

describe("Ring", () => {
  test("gives what was written, in order, however it lies in the memory", () => {
    const payload = fc.oneof(fc.string({ maxLength: 100 }), fc.uint8Array({ maxLength: 400 }), fc.constant(undefined));
    const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const record = fc.record({
      payload,
      a: number,
      b: number,
      flags: fc.nat(255),
      kind: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(record, { maxLength: 30 }), { maxLength: 20 }), (turns) => {
        const { writer, reader } = makeRing();
        for (const turn of turns) {
          const written: unknown[] = [];
          for (const { payload: data, ...numbers } of turn) {
            if (!writer.write({ ...numbers, run: 7 }, data)) continue;
            written.push({ ...numbers, run: 7, bytes: Buffer.from((data ?? "") as string).toString("hex") });
          }
          const read: unknown[] = [];
          reader.drain(({ bytes, ...rest }) => read.push({ ...rest, bytes: Buffer.from(bytes).toString("hex") }));
          assert.deepEqual(read, written);
        }
      }),
    );
  });

  test("takes no more than it has room for, and has room again when that was read", () => {
    const { writer, reader } = makeRing();
    let written = 0;
    while (writer.write(telling, "x".repeat(100))) written += 1;
    assert.ok(written >= 20 && written < 40, `${written} were written`);
    while (writer.write(telling, undefined)) written += 1;
    assert.equal(writer.hasRoom, false);
    let read = 0;
    reader.drain(() => {
      read += 1;
    });
    assert.equal(read, written);
    assert.ok(writer.write(telling, "x".repeat(100)));
  });

  test("says once that something is there, until it is looked for", () => {
    const { writer, reader } = makeRing();
    writer.write(telling, "one");
    assert.deepEqual([writer.ring(), writer.ring()], [true, false]);
    reader.drain(() => {});
    assert.equal(writer.ring(), true);
  });

  test("tells the reader that the writer waits for room", () => {
    const { writer, reader } = makeRing();
    assert.equal(
      reader.drain(() => {}),
      false,
    );
    writer.starve();
    assert.equal(
      reader.drain(() => {}),
      true,
    );
    assert.equal(
      reader.drain(() => {}),
      false,
    );
  });

  test("gives what is written while it is read", () => {
    const { writer, reader } = makeRing();
    writer.write(telling, "first");
    const read: string[] = [];
    reader.drain(({ bytes }) => {
      read.push(textOf(bytes));
      if (read.length < 200) writer.write(telling, `${read.length}`);
    });
    assert.equal(read.length, 200);
  });
});
