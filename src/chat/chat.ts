import type { OnPresence, Room, Session } from "bowline";
import { ChatRoom, type PeopleHere } from "./chat-room.ts";
import { readKept } from "./kept.ts";
import { entryLine, presenceLine } from "./lines.ts";
import {
  type ChatEntry,
  type ChatReply,
  type CheckedRequest,
  nickKey,
  type PastEntry,
  readServerMessage,
} from "./messages.ts";
import { Person } from "./person.ts";
import { RefusedError } from "./requests.ts";

const MAX_ROOMS = 1_000;
const MAX_ROOMS_PER_PERSON = 20;
/** So many rooms are named in one answer. */
const MAX_NAMED = 200;
/** UTF-16 code units of one page of history: well below what a message may have in bytes. */
const MAX_PAGE_LENGTH = 100_000;

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

  /** Does what was asked for. Throws `RefusedError`, and then nothing has changed. */
  async perform(person: Person, request: CheckedRequest): Promise<ChatReply> {
    switch (request.type) {
      case "say":
        await send(roomOf(person, request.room), { kind: "say", who: person.nick, text: request.text });
        return { type: "reply", to: "say", room: request.room };
      case "join":
        await this.#join(person, request.room, request.last);
        return { type: "reply", to: "join", ...this.#peopleIn(person, request.room) };
      case "leave": {
        const room = roomOf(person, request.room);
        await this.#goOut(person, room);
        return { type: "reply", to: "leave", room: request.room };
      }
      case "nick":
        await this.#rename(person, request.nick);
        return { type: "reply", to: "nick", nick: request.nick };
      case "who":
        return { type: "reply", to: "who", ...this.#peopleIn(person, request.room) };
      case "rooms":
        return { type: "reply", to: "rooms", rooms: this.#listRooms() };
      case "direct":
        return this.#direct(person, request.to, request.text);
      case "history":
        return { type: "reply", to: "history", room: request.room, ...(await pageOf(person, request)) };
    }
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
    return room.send(presence, { text: presenceLine(presence, Date.now()), ephemeral: true });
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

  #direct(person: Person, nick: string, text: string): ChatReply {
    const to = this.#people.get(nickKey(nick));
    if (to === undefined) throw new RefusedError("no-such-nick", `nobody here is called ${nick}`);
    const at = Date.now();
    if (!to.tell({ type: "direct", from: person.nick, to: to.nick, text, at })) {
      throw new RefusedError("busy", `${to.nick} is not reading at the moment; try again later`);
    }
    return { type: "reply", to: "direct", nick: to.nick, text, at };
  }

  #peopleIn({ session }: Person, name: string): PeopleHere {
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
  const entry: ChatEntry = { type: "entry", room: room.name, ...what };
  return room.send(entry, { text: entryLine(entry, Date.now()) });
}

/** The newest of what was asked for that go into one message. */
async function pageOf(
  person: Person,
  { room, before, limit }: CheckedRequest<"history">,
): Promise<{ entries: PastEntry[]; more: boolean }> {
  const found = await roomOf(person, room).history({ before, limit });
  const entries: PastEntry[] = [];
  let length = 0;
  for (const past of found.toReversed()) {
    const entry = readServerMessage(past.json());
    length += past.text().length;
    if (entries.length > 0 && length > MAX_PAGE_LENGTH) break;
    if (entry?.type === "entry") entries.unshift({ offset: past.offset, at: past.at, entry });
  }
  return { entries, more: entries.length === limit || entries.length < found.length };
}
