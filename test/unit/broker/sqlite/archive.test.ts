import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { BrokerError } from "../../../../src/broker/broker.ts";
import { type ArchivedEntry, readArchive, writeArchive } from "../../../../src/broker/sqlite/archive.ts";
import { sqlite } from "../../../../src/index.ts";
import { temporaryFolder } from "../../../cli/temporary-folder.ts";

const folder = temporaryFolder(after);

function numbered(count: number): { payload: string }[] {
  return Array.from({ length: count }, (_, index) => ({ payload: `${index + 1}` }));
}

async function read(data: string, onPage: () => Promise<void> = async () => {}) {
  const offsets: number[] = [];
  const progress: string[] = [];
  await readArchive(
    data,
    "hall",
    async (entries) => {
      offsets.push(...entries.map(({ offset }) => offset));
      await onPage();
    },
    (done, all) => progress.push(`${done}/${all}`),
  );
  return { offsets, progress };
}

test("a room is read page by page; what comes after the beginning is left out", async () => {
  const data = join(folder, "pages");
  const broker = sqlite(data);
  await broker.append("hall", numbered(1_200));
  const { offsets, progress } = await read(data, async () => void (await broker.append("hall", numbered(1))));
  assert.deepEqual(
    offsets,
    Array.from({ length: 1_200 }, (_, index) => index + 1),
  );
  assert.deepEqual(progress, ["500/1200", "1000/1200", "1200/1200"]);
  await broker.close();
});

test("what a server trims meanwhile is left out, and all that is still there is read", async () => {
  const data = join(folder, "trimmed");
  const broker = sqlite(data, { retention: { maxEntries: 3_000 } });
  await broker.append("hall", numbered(3_000));
  let isFirst = true;
  const { offsets } = await read(data, async () => {
    if (isFirst) await broker.append("hall", numbered(2_000));
    isFirst = false;
  });
  assert.deepEqual(
    offsets.slice(0, 500),
    Array.from({ length: 500 }, (_, index) => index + 1),
  );
  assert.deepEqual(
    offsets.slice(500),
    Array.from({ length: 1_000 }, (_, index) => 2_001 + index),
  );
  await broker.close();
});

test("what is written is there with its times; when its source fails, nothing is", async () => {
  const data = join(folder, "written");
  const failing = async function* (): AsyncGenerator<ArchivedEntry> {
    yield { room: "hall", at: 5, payload: "one", text: "first" };
    throw new TypeError("no more");
  };
  await assert.rejects(writeArchive(data, failing()), { name: "TypeError", message: "no more" });
  await assert.rejects(read(data), BrokerError);
  const two = async function* (): AsyncGenerator<ArchivedEntry> {
    yield { room: "hall", at: 5, payload: "one", text: "first" };
    yield { room: "hall", at: 4, payload: Uint8Array.of(0, 255) };
  };
  assert.equal(await writeArchive(data, two()), 2);
  const broker = sqlite(data);
  const { entries } = await broker.readBack("hall", undefined, { entries: 5, bytes: 1_000 });
  assert.deepEqual(
    entries.map(({ at, payload, text }) => [at, payload, text]),
    [
      [5, "one", "first"],
      [4, Uint8Array.of(0, 255), undefined],
    ],
  );
  await assert.rejects(writeArchive(data, two()), /is in use by process/);
  await broker.close();
});

test("a folder that is none, and a room that is not there, are said", async () => {
  await assert.rejects(read(join(folder, "nowhere")), /nowhere is no data folder/);
  const data = join(folder, "empty");
  const broker = sqlite(data);
  await broker.open();
  await assert.rejects(read(data), /there is no room hall in/);
  await broker.close();
});
