import type { OnPresence, Room, Session } from "bowline";
import { ChatRoom } from "./chat-room.ts";
import { readKept } from "./kept.ts";
import { entryLine, presenceLine } from "./lines.ts";
import {
  type ChatEntry,
  messages,
  nickKey,
  type PastEntry,
  type ReplyData,
  type RequestData,
  type RequestType,
} from "./messages.ts";
import { Person } from "./person.ts";
import { RefusedError } from "./refused-error.ts";

const MAX_ROOMS = 1_000;
const MAX_ROOMS_PER_PERSON = 20;
/** So many rooms are named in one answer. */
const MAX_NAMED = 200;
/** UTF-16 code units of one page of history: well below what a message may have in bytes. */
const MAX_PAGE_LENGTH = 100_000;

/** Entries, as a room's log has them. */
type Found = Awaited<ReturnType<ReturnType<typeof messages.room>["history"]>>;

/** What somebody may do in the chat, by the type of the request that asks for it. */
export type Deeds = {
  readonly [Type in RequestType]: (data: RequestData[Type]) => Promise<ReplyData[Type]>;
};

/** The chat: who is here under which nick, in which rooms, and what they may do there. */
export class Chat {
  /** By `nickKey`. */
  readonly #people = new Map<string, Person>();
  /** Rooms that somebody is in. */
  readonly #rooms = new Map<string, ChatRoom>();
  #guests = 0;

  /**
   * Somebody arrives, under a name that nobody has. Who was here before the server was started again is where they were:
   * their session is still in its rooms.
   */
  arrive(session: Session): Person {
    const kept = readKept(session.state);
    const nick = kept === undefined || this.#people.has(nickKey(kept.nick)) ? this.#newNick() : kept.nick;
    const person = new Person(session, nick);
    this.#people.set(person.key, person);
    if (kept === undefined) return person;
    person.speaks = kept.speaks;
    for (const name of kept.rooms) this.#enter(person, name);
    return person;
  }

  #newNick(): string {
    let nick: string;
    do nick = `guest-${++this.#guests}`;
    while (this.#people.has(nickKey(nick)));
    return nick;
  }

  /** Somebody is gone for good; the nick is free. */
  async depart(person: Person): Promise<void> {
    this.#people.delete(person.key);
    await Promise.all([...person.rooms.values()].map((room) => this.#goOut(person, room)));
  }

  /** What somebody may do. What throws `RefusedError` has changed nothing. */
  deedsOf(person: Person): Deeds {
    return {
      say: async ({ room, text }) => {
        await send(roomOf(person, room), { kind: "say", who: person.nick, text });
        return { room };
      },
      join: async ({ room, last }) => {
        await this.#join(person, room, last);
        return this.#peopleIn(person, room);
      },
      leave: async ({ room }) => {
        await this.#goOut(person, roomOf(person, room));
        return { room };
      },
      nick: async ({ nick }) => {
        await this.#rename(person, nick);
        return { nick };
      },
      who: async ({ room }) => this.#peopleIn(person, room),
      rooms: async () => ({ rooms: this.#listRooms() }),
      direct: async ({ to, text }) => this.#direct(person, to, text),
      history: (page) => readPage(roomOf(person, page.room), page),
      search: async ({ room, words, limit }) => {
        const found = await messages.room(roomOf(person, room)).search(words, { limit });
        return { room, words, entries: newestOf(found) };
      },
    };
  }

  async #join(person: Person, name: string, last: number): Promise<void> {
    if (person.rooms.has(name)) return;
    if (person.rooms.size >= MAX_ROOMS_PER_PERSON) {
      throw new RefusedError("too-many-rooms", `you are in ${MAX_ROOMS_PER_PERSON} rooms already; leave one first`);
    }
    if (!this.#rooms.has(name) && this.#rooms.size >= MAX_ROOMS) {
      throw new RefusedError("too-many-rooms", "there are too many rooms already");
    }
    this.#enter(person, name);
    await person.session.join(name, { last });
  }

  #enter(person: Person, name: string): void {
    const room = this.#rooms.get(name) ?? new ChatRoom(name);
    this.#rooms.set(name, room);
    room.people.set(person.session.id, person);
    person.rooms.set(name, person.session.room(name));
    person.isNew = false;
  }

  async #goOut(person: Person, room: Room): Promise<void> {
    await room.leave();
    person.rooms.delete(room.name);
    const people = this.#rooms.get(room.name)?.people;
    people?.delete(person.session.id);
    if (people?.size === 0) this.#rooms.delete(room.name);
  }

  /** Tells those who are in a room who came, went, is away or is back. */
  readonly onpresence: OnPresence = (change, room) => {
    const presence = this.#rooms.get(room.name)?.presence(change);
    // Nobody is there any more.
    if (presence === undefined) return;
    return messages
      .room(room)
      .send("presence", presence, { text: presenceLine(presence, Date.now()), ephemeral: true });
  };

  async #rename(person: Person, nick: string): Promise<void> {
    const owner = this.#people.get(nickKey(nick));
    if (owner !== undefined && owner !== person) throw new RefusedError("nick-taken", `${nick} is somebody else`);
    const { nick: who } = person;
    if (who === nick) return;
    this.#people.delete(person.key);
    person.rename(nick);
    this.#people.set(person.key, person);
    const rooms = [...person.rooms.values()];
    await Promise.all(rooms.map((room) => send(room, { kind: "nick", who, text: `is now ${nick}` })));
  }

  #direct(person: Person, nick: string, text: string): ReplyData["direct"] {
    const to = this.#people.get(nickKey(nick));
    if (to === undefined) throw new RefusedError("no-such-nick", `nobody here is called ${nick}`);
    const at = Date.now();
    if (!to.tell({ from: person.nick, to: to.nick, text, at })) {
      throw new RefusedError("busy", `${to.nick} is not reading at the moment; try again later`);
    }
    return { nick: to.nick, away: to.session.status !== "open", text, at };
  }

  #peopleIn({ session }: Person, name: string): ReplyData["who"] {
    const room = this.#rooms.get(name) ?? new ChatRoom(name);
    return room.seenThrough(session.room(name));
  }

  #listRooms(): { name: string; count: number }[] {
    const rooms = [...this.#rooms].map(([name, { people }]) => ({ name, count: people.size }));
    return rooms.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)).slice(0, MAX_NAMED);
  }
}

function roomOf(person: Person, name: string): Room {
  const room = person.rooms.get(name);
  if (room === undefined) throw new RefusedError("not-here", `you are not in ${name}; join it first`);
  return room;
}

function send(room: Room, what: Pick<ChatEntry, "kind" | "who" | "text">): Promise<void> {
  const entry = { room: room.name, ...what };
  return messages.room(room).send("entry", entry, { text: entryLine(entry, Date.now()) });
}

async function readPage(room: Room, { before, limit }: RequestData["history"]): Promise<ReplyData["history"]> {
  const found = await messages.room(room).history({ before, limit });
  const entries = newestOf(found);
  return { room: room.name, entries, more: entries.length === limit || entries.length < found.length };
}

/** The newest of these that go into one message. */
function newestOf(found: Found): PastEntry[] {
  const entries: PastEntry[] = [];
  let length = 0;
  for (const { type, data, entry } of found.toReversed()) {
    length += entry.text().length;
    if (entries.length > 0 && length > MAX_PAGE_LENGTH) break;
    const { offset, at } = entry;
    if (type === "entry") entries.unshift({ offset, at, entry: { type, ...data } });
  }
  return entries;
}
