import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryFlag, type EntryFrame } from "../../../src/protocol/frames/entry.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import type { JoinedFrame } from "../../../src/protocol/frames/joined.ts";
import { ClientRooms, type RoomFault } from "../../../src/session/client-rooms.ts";
import { FakeOutlet } from "../../rooms-kit.ts";

const WINDOW = 8;
const WINDOW_BYTES = 800;

class Client {
  readonly got: string[] = [];
  readonly outlet = new FakeOutlet();
  readonly rooms = new ClientRooms(
    {
      onEntry: (room, frame) => void this.got.push(`${room} ${frame.offset}`),
      onGap: (room, from, to, reason) => void this.got.push(`${room} gap ${from}-${to} ${reason}`),
    },
    [{ room: "brought along", epoch: 5, offset: 30, ticket: "t" }],
  );

  joined(name: string, alias: number, cursor: number, epoch = 1): void {
    const frame: JoinedFrame = { type: FrameType.joined, alias, name, epoch, cursor, head: cursor, ticket: "t2" };
    this.rooms.onJoined(frame, this.outlet);
  }

  entry(alias: number, offset: number, step = 1, flags = 0): RoomFault | undefined {
    const frame: EntryFrame = { type: FrameType.entry, flags, alias, offset, step, at: 0, payload: new Uint8Array(10) };
    return this.rooms.onEntry(frame);
  }

  gap(alias: number, from: number, to: number): RoomFault | undefined {
    return this.rooms.onGap({ type: FrameType.gap, alias, from, to, reason: "trimmed" });
  }

  take(room: string, offset: number, bytes = 10): void {
    this.rooms.take(room, offset, bytes, { outlet: this.outlet, mostMessages: WINDOW, mostBytes: WINDOW_BYTES });
  }

  acks(): string[] {
    return this.outlet.takeFrames().map((frame) => {
      assert.ok(frame.type === FrameType.ack);
      return `${frame.alias}: ${frame.number}`;
    });
  }
}

/** What OPEN says of each room. */
function listed({ rooms }: Client): unknown {
  return rooms.listed().map(({ name, epoch, cursor, ticket }) => ({ name, epoch, cursor, ticket }));
}

test("an entry is taken when it meets the cursor, also in the middle of its step", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  assert.equal(client.entry(1, 11), undefined);
  assert.equal(client.entry(1, 15, 4), undefined);
  client.joined("other", 2, 7);
  assert.equal(client.entry(2, 9, 4), undefined);
  assert.deepEqual(client.got, ["lobby 11", "lobby 15", "other 9"]);
});

test("what it has already is dropped", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  for (const offset of [10, 9, 11, 11, 10]) assert.equal(client.entry(1, offset), undefined);
  assert.deepEqual(client.got, ["lobby 11"]);
});

test("what was missed is asked for once, by a resume; then it is a gap", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  assert.equal(client.entry(1, 13), "missed");
  assert.deepEqual(client.got, []);
  client.rooms.forgetAliases();
  client.joined("lobby", 1, 10);
  assert.equal(client.entry(1, 13), undefined);
  assert.deepEqual(client.got, ["lobby gap 11-12 missed", "lobby 13"]);
  assert.equal(client.entry(1, 15), "missed", "a second time is another matter");
});

test("an ephemeral entry has no cursor to meet", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  assert.equal(client.entry(1, 0, 0, EntryFlag.ephemeral), undefined);
  assert.equal(client.entry(1, 11), undefined);
});

test("entries and gaps of a room that was not joined on this connection are unknown", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  client.rooms.forgetAliases();
  assert.equal(client.entry(1, 11), "unknown");
  assert.equal(client.gap(1, 11, 12), "unknown");
  client.joined("lobby", 4, 10);
  client.rooms.onLeft("lobby");
  assert.equal(client.entry(4, 11), "unknown");
});

test("a gap moves the cursor; one of unknown length does not; one that it has already is none", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  client.gap(1, 11, 0);
  client.gap(1, 11, 20);
  client.gap(1, 15, 20);
  assert.equal(client.entry(1, 21), undefined);
  assert.deepEqual(client.got, ["lobby gap 11-0 trimmed", "lobby gap 11-20 trimmed", "lobby 21"]);
});

test("OPEN lists what was received, and what goes on later is what was taken", () => {
  const client = new Client();
  client.joined("lobby", 1, 10);
  for (const offset of [11, 12, 13]) client.entry(1, offset);
  client.take("lobby", 11);
  assert.deepEqual(listed(client), [
    { name: "brought along", epoch: 5, cursor: 30, ticket: "t" },
    { name: "lobby", epoch: 1, cursor: 13, ticket: "t2" },
  ]);
  assert.deepEqual(client.rooms.cursors()[1], { room: "lobby", epoch: 1, offset: 11, ticket: "t2" });
});

test("the server is told at half a window, in messages or in bytes", () => {
  const client = new Client();
  client.joined("lobby", 1, 0);
  for (let offset = 1; offset <= 10; offset += 1) client.entry(1, offset);
  for (const offset of [1, 2, 3]) client.take("lobby", offset);
  assert.deepEqual(client.acks(), []);
  client.take("lobby", 4);
  assert.deepEqual(client.acks(), ["1: 4"]);
  client.take("lobby", 5, 399);
  assert.deepEqual(client.acks(), []);
  client.take("lobby", 6, 1);
  assert.deepEqual(client.acks(), ["1: 6"]);
});

test("all rooms together fill a window too", () => {
  const client = new Client();
  for (const alias of [1, 2, 3]) {
    client.joined(`room ${alias}`, alias, 0);
    client.entry(alias, 1);
  }
  client.take("room 1", 1, 200);
  client.take("room 2", 1, 199);
  assert.deepEqual(client.acks(), []);
  client.take("room 3", 1, 1);
  assert.deepEqual(client.acks(), ["1: 1", "2: 1", "3: 1"]);
});

test("the heartbeat tells what is left, once", () => {
  const client = new Client();
  client.joined("lobby", 1, 0);
  client.entry(1, 1);
  client.take("lobby", 1);
  client.rooms.tellAll(client.outlet);
  client.rooms.tellAll(client.outlet);
  assert.deepEqual(client.acks(), ["1: 1"]);
});

test("a resumed room says at once what was taken, and nothing goes out under an alias of another connection", () => {
  const client = new Client();
  client.joined("lobby", 1, 0);
  for (let offset = 1; offset <= 8; offset += 1) client.entry(1, offset);
  client.rooms.forgetAliases();
  for (const offset of [1, 2, 3, 4, 5]) client.take("lobby", offset);
  client.rooms.tellAll(client.outlet);
  assert.deepEqual(client.acks(), []);
  client.joined("lobby", 7, 0);
  assert.deepEqual(client.acks(), ["7: 5"]);
});

test("what was left untaken by an earlier stay acknowledges nothing of the next", () => {
  const client = new Client();
  client.joined("lobby", 1, 40);
  client.entry(1, 41);
  client.rooms.onLeft("lobby");
  client.joined("lobby", 1, 20);
  client.take("lobby", 41);
  for (let offset = 21; offset <= 24; offset += 1) client.entry(1, offset);
  for (let offset = 21; offset <= 24; offset += 1) client.take("lobby", offset);
  assert.deepEqual(client.acks(), ["1: 24"]);
});

test("a log of another epoch begins where the server says", () => {
  const client = new Client();
  client.joined("brought along", 1, 3, 6);
  assert.deepEqual(listed(client), [{ name: "brought along", epoch: 6, cursor: 3, ticket: "t2" }]);
  assert.equal(client.entry(1, 4), undefined);
});
