import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry, Page } from "../../../src/broker/broker.ts";
import { RoomPages } from "../../../src/rooms/room-pages.ts";
import { RoomsKit } from "../../rooms-kit.ts";

const LIMIT = { entries: 10, bytes: 1_000 };
const entry: Entry = { offset: 1, previous: 0, at: 0, payload: "x", byteLength: 1, text: undefined };

test("a page that is being read is read once, and again by who comes later", async () => {
  const { broker } = new RoomsKit();
  let reads = 0;
  const read = async (): Promise<Page> => {
    reads += 1;
    return { epoch: 1, after: 0, entries: [entry], hasMore: false };
  };
  const pages = new RoomPages(Object.assign(Object.create(broker), { read }), "lobby", 1);
  const first = pages.read(1, 0, LIMIT);
  assert.equal(pages.read(1, 0, LIMIT), first);
  assert.notEqual(pages.read(1, 0, { entries: 5, bytes: 1_000 }), first);
  await first;
  assert.equal(reads, 2);
  await pages.read(1, 0, LIMIT);
  assert.equal(reads, 3);
});

test("a page that could not be read is tried again by who comes later", async () => {
  const { broker } = new RoomsKit();
  const read = (): Promise<Page> => Promise.reject(new Error("no"));
  const pages = new RoomPages(Object.assign(Object.create(broker), { read }), "lobby", 1);
  const first = pages.read(1, 0, LIMIT);
  await assert.rejects(first);
  assert.notEqual(
    pages.read(1, 0, LIMIT).catch(() => {}),
    first,
  );
});

test("the same entries are one batch until they are forgotten", () => {
  const pages = new RoomPages(new RoomsKit().broker, "lobby", 1);
  const second = { ...entry, offset: 2, previous: 1 };
  const batch = pages.batch(0, [entry, second], 0, 2);
  assert.equal(pages.batch(0, [entry, second], 0, 2), batch);
  assert.notEqual(pages.batch(0, [entry, second], 0, 1), batch);
  const again = pages.batch(0, [entry, second], 0, 2);
  pages.forget();
  assert.notEqual(pages.batch(0, [entry, second], 0, 2), again);
});
