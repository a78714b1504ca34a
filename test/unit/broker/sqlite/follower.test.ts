import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry, Page } from "../../../../src/broker/broker.ts";
import { Follower } from "../../../../src/broker/sqlite/follower.ts";

function entry(offset: number): Entry {
  return { offset, previous: offset - 1, at: 0, payload: "", byteLength: 0, text: undefined };
}

function page(offsets: number[], hasMore: boolean, epoch = 1): Page {
  return { epoch, after: 0, entries: offsets.map(entry), hasMore };
}

test("what comes while it reads is read, and then what comes is given on: each once", async () => {
  const heard: number[] = [];
  const asked: number[] = [];
  const follower = new Follower(
    (entries) => heard.push(...entries.map(({ offset }) => offset)),
    () => {},
  );
  const pages = [page([1, 2], true), page([3], false), page([4, 5], false)];
  await follower.start("lobby", { epoch: 1, offset: 0 }, async ({ offset }) => {
    asked.push(offset);
    // The second page was made before this came.
    if (asked.length === 2) follower.take([entry(4)]);
    return pages[asked.length - 1] as Page;
  });
  assert.deepEqual(asked, [0, 2, 3]);
  follower.take([entry(6)]);
  assert.deepEqual(heard, [1, 2, 3, 4, 5, 6]);
  follower.close();
  follower.take([entry(7)]);
  assert.equal(heard.length, 6);
});

test("closed while it reads, it says nothing; another log's position is refused", async () => {
  const heard: unknown[] = [];
  const closed = new Follower(
    (entries) => heard.push(entries),
    () => {},
  );
  await closed.start("lobby", { epoch: 1, offset: 0 }, async () => {
    closed.close();
    return page([1], false);
  });
  assert.deepEqual(heard, []);
  const follower = new Follower(
    () => {},
    () => {},
  );
  await assert.rejects(
    follower.start("lobby", { epoch: 2, offset: 0 }, async () => page([1], false)),
    /another one/,
  );
});
