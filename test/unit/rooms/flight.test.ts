import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Flight } from "../../../src/rooms/flight.ts";

const WINDOW = 80;
const WINDOW_BYTES = 8_000;

test("everything acknowledged is nothing on its way", () => {
  const flight = new Flight();
  flight.add(0, 3, 3, 300, WINDOW, WINDOW_BYTES);
  flight.release(3, 3);
  assert.deepEqual([flight.messages, flight.bytes], [0, 0]);
});

test("an acknowledgement releases the pieces that it covers whole", () => {
  const flight = new Flight();
  flight.add(0, 10, 10, 100, WINDOW, WINDOW_BYTES);
  flight.add(10, 20, 10, 200, WINDOW, WINDOW_BYTES);
  flight.release(15, 20);
  assert.deepEqual([flight.messages, flight.bytes], [10, 200]);
});

test("of a lost connection, what was written after the client's cursor is on its way no more", () => {
  const flight = new Flight();
  flight.add(0, 10, 10, 100, WINDOW, WINDOW_BYTES);
  flight.add(10, 20, 10, 200, WINDOW, WINDOW_BYTES);
  flight.add(20, 21, 1, 10, WINDOW, WINDOW_BYTES);
  flight.rewind(10, 21);
  assert.deepEqual([flight.messages, flight.bytes], [10, 100]);
  flight.release(10, 30);
  assert.deepEqual([flight.messages, flight.bytes], [0, 0]);
});

test("of the piece that was cut, all counts until the cut is acknowledged", () => {
  const flight = new Flight();
  flight.add(0, 10, 10, 100, WINDOW, WINDOW_BYTES);
  flight.rewind(4, 10);
  assert.deepEqual([flight.messages, flight.bytes], [10, 100]);
  flight.add(4, 10, 6, 60, WINDOW, WINDOW_BYTES);
  flight.release(4, 10);
  assert.deepEqual([flight.messages, flight.bytes], [6, 60]);
});

test("it never counts less than there is, and above it never more than a piece", () => {
  const batch = fc.record({ messages: fc.integer({ min: 1, max: 20 }), size: fc.integer({ min: 1, max: 100 }) });
  const acknowledgement = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.oneof(batch, acknowledgement), { maxLength: 100 }), (steps) => {
      const flight = new Flight();
      let cursor = 0;
      let acknowledged = 0;
      const sizes: number[] = [0];
      for (const step of steps) {
        if (typeof step === "number") {
          acknowledged += Math.floor(step * (cursor - acknowledged));
          flight.release(acknowledged, cursor);
        } else {
          const { messages, size } = step;
          flight.add(cursor, cursor + messages, messages, messages * size, WINDOW, WINDOW_BYTES);
          for (let n = 0; n < messages; n += 1) sizes.push(size);
          cursor += messages;
        }
        const waiting = sizes.slice(acknowledged + 1);
        const bytes = waiting.reduce((sum, size) => sum + size, 0);
        assert.ok(flight.messages >= waiting.length && flight.bytes >= bytes, "never less");
        // A piece ends with the batch that fills it: an eighth of the window, and less than a batch of 20.
        assert.ok(flight.messages < waiting.length + WINDOW / 8 + 20, "about a piece more");
      }
      flight.release(cursor, cursor);
      assert.deepEqual([flight.messages, flight.bytes], [0, 0]);
    }),
  );
});
