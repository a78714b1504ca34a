import assert from "node:assert/strict";
import { test } from "node:test";
import type { PresenceChange, Room, RoomMember, Session } from "bowline";
import { ChatRoom } from "../../../src/chat/chat-room.ts";
import { Person } from "../../../src/chat/person.ts";

const NOTHING = { countsOnly: false, joined: [], left: [], away: [], back: [], members: undefined };

/** A room with people in it, called p1, p2, …; their sessions are s1, s2, …. */
function roomOf(count: number): ChatRoom {
  const room = new ChatRoom("lobby");
  for (let number = 1; number <= count; number += 1) enter(room, `s${number}`, `p${number}`);
  return room;
}

function enter(room: ChatRoom, id: string, nick: string): void {
  room.people.set(id, new Person({ id, peer: { form: "lines" } } as Session, nick));
}

function member(sessionId: string, away = false): RoomMember {
  return { sessionId, identity: undefined, away };
}

function tell(room: ChatRoom, change: Partial<PresenceChange>) {
  return room.presence({ count: 0, awayCount: 0, ...NOTHING, ...change });
}

test("who has gone is named by the nick that the others knew", () => {
  const room = roomOf(2);
  tell(room, { count: 2, joined: [member("s1"), member("s2")] });
  room.people.get("s2")?.rename("bob");
  room.people.delete("s2");
  assert.deepEqual(tell(room, { count: 1, left: [member("s2")] }).left, ["bob"]);
  assert.deepEqual(tell(room, { count: 1, left: [member("s2")] }).left, [], "once");
});

test("who has not come as far as anybody knows does not leave either", () => {
  const room = roomOf(1);
  assert.deepEqual(tell(room, { left: [member("s1")] }).left, []);
});

test("of a room that has become too large nobody is named; when it is smaller again, everybody", () => {
  const room = roomOf(3);
  assert.equal(tell(room, { count: 3, joined: [member("s1")] }).members, undefined);
  assert.deepEqual(tell(room, { count: 201, countsOnly: true }).members, []);
  const members = [member("s1"), member("s3", true)];
  assert.deepEqual(tell(room, { count: 2, members }).members, [
    { nick: "p1", away: false },
    { nick: "p3", away: true },
  ]);
  assert.deepEqual(tell(room, { count: 1, left: [member("s3")] }).left, ["p3"]);
});

test("who asks who is there is given everybody, or, of too many, how many there are and are away", () => {
  const members = [member("s1"), member("s2", true)];
  const handle = { members: () => members } as unknown as Room;
  const small = roomOf(2).seenThrough(handle);
  assert.deepEqual(small, {
    room: "lobby",
    count: 2,
    awayCount: 1,
    members: [
      { nick: "p1", away: false },
      { nick: "p2", away: true },
    ],
  });
  const large = roomOf(201);
  tell(large, { count: 201, awayCount: 7, countsOnly: true });
  assert.deepEqual(large.seenThrough(handle), { room: "lobby", count: 201, awayCount: 7, members: [] });
});
