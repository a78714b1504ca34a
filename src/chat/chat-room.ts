import type { PresenceChange, Room, RoomMember } from "bowline";
import type { ChatMember, ChatPresence, ReplyData } from "./messages.ts";
import type { Person } from "./person.ts";

/** So many members are named in one answer; of a room with more, none. */
const MAX_NAMED = 200;

/** A room that somebody is in. */
export class ChatRoom {
  readonly name: string;
  /** By the ids of their sessions. */
  readonly people = new Map<string, Person>();
  /** Who the others know to be here: also somebody who has gone, until they know that, too. */
  readonly #known = new Map<string, Person>();
  #awayCount = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Who is here, seen through a handle of the room. */
  seenThrough(room: Room): ReplyData["who"] {
    const { name, people } = this;
    if (people.size > MAX_NAMED) return { room: name, count: people.size, awayCount: this.#awayCount, members: [] };
    const members = this.#named(room.members());
    const awayCount = members.filter(({ away }) => away).length;
    return { room: name, count: members.length, awayCount, members };
  }

  /** How it has changed, in the chat's words. */
  presence(change: PresenceChange): ChatPresence {
    const { count, awayCount, countsOnly } = change;
    this.#awayCount = awayCount;
    if (countsOnly || change.members !== undefined) this.#known.clear();
    for (const { sessionId } of [change.members ?? [], change.joined, change.back].flat()) {
      const person = this.people.get(sessionId);
      if (person !== undefined) this.#known.set(sessionId, person);
    }
    const presence: ChatPresence = {
      room: this.name,
      count,
      awayCount,
      joined: this.#nicksOf(change.joined),
      left: this.#nicksOf(change.left),
      away: this.#nicksOf(change.away),
      back: this.#nicksOf(change.back),
      members: countsOnly ? [] : change.members && this.#named(change.members),
    };
    for (const { sessionId } of change.left) this.#known.delete(sessionId);
    return presence;
  }

  #named(members: readonly RoomMember[]): ChatMember[] {
    return members.flatMap(({ sessionId, away }) => {
      const person = this.people.get(sessionId);
      return person === undefined ? [] : [{ nick: person.nick, away }];
    });
  }

  #nicksOf(members: readonly RoomMember[]): string[] {
    return members.flatMap(({ sessionId }) => this.#known.get(sessionId)?.nick ?? []);
  }
}
