import { type ChatReply, type ChatRequest, LOBBY, readServerMessage, type ServerMessage } from "bowline/chat/messages";
import type { Message } from "bowline/client";
import { Conversation, type Item } from "./conversation.ts";
import { Link } from "./link.ts";
import { Remembered } from "./remembered.ts";

const PAGE_ENTRIES = 50;
/** How soon after somebody took another name, or the list turned out wrong, the page asks who is there. */
const ASK_SOON_MS = 250;
/** How often the page asks which rooms there are: nobody tells that. */
const ASK_EVERY_MS = 10_000;

/** Everything that the page shows, and all that can be done in it. */
export class ChatModel {
  readonly link = new Link(this);
  readonly conversations = new Map<string, Conversation>();
  current: Conversation;
  /** All rooms of the server that somebody is in. */
  rooms: readonly { readonly name: string; readonly count: number }[] = [];
  /** Empty until the chat has given one. */
  nick: string;
  asksForNick: boolean;
  /** Why the name that was wanted was not given. */
  nickProblem = "";
  /** They have said who they are, or that they do not want to: until then they are in no room. */
  #isIntroduced: boolean;
  readonly #onChange: () => void;
  readonly #remembered = new Remembered();
  /** What was shown, the latest last. */
  readonly #visited = new Set<Conversation>();
  /** Every name that was ours: what they said in our rooms, we said. */
  readonly #ownNicks = new Set<string>();
  #askTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.nick = this.#remembered.nick;
    this.#isIntroduced = this.nick !== "";
    this.asksForNick = !this.#isIntroduced;
    const { rooms } = this.#remembered;
    this.current = this.#conversation("room", rooms[0] ?? LOBBY);
    for (const room of rooms) this.#conversation("room", room);
    this.#visited.add(this.current);
    setInterval(() => this.#askForRooms(), ASK_EVERY_MS);
  }

  get unread(): number {
    return [...this.conversations.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  // What can be done.

  async say(text: string, conversation = this.current): Promise<void> {
    const item = conversation.addSending(this.nick, text);
    this.#onChange();
    const { kind, name } = conversation;
    const request: ChatRequest =
      kind === "room" ? { type: "say", room: name, text } : { type: "direct", to: name, text };
    let answer = await this.link.ask(request);
    // A server that was restarted may read this before it reads where we are.
    if (isNotHere(answer) && this.conversations.has(conversation.key)) answer = await this.link.ask(request);
    if (answer?.type === "error") {
      item.state = "failed";
      item.problem = answer.message;
    } else if (answer !== undefined && kind === "direct") item.state = "sent";
    this.#onChange();
  }

  sayAgain(item: Item): void {
    this.current.remove(item);
    void this.say(item.text);
  }

  rename(nick: string): void {
    this.nickProblem = "";
    this.link.send({ type: "nick", nick });
  }

  /** The name that one has will do. */
  keepNick(): void {
    this.asksForNick = false;
    this.nickProblem = "";
    this.#introduced();
    this.#onChange();
  }

  /** Says something to the one who looks at the page, and to nobody else. */
  remark(text: string): void {
    this.current.note(text);
    this.#onChange();
  }

  /** Asks the chat, and says what it answers. */
  async #inquire(request: ChatRequest): Promise<void> {
    const where = this.current;
    const answer = await this.link.ask(request);
    if (answer === undefined) return;
    where.note(answer.type === "reply" ? wordsOf(answer) : answer.type === "error" ? answer.message : "");
    this.#onChange();
  }

  /** Says who is in a room. */
  tellPeople(typed: string): Promise<void> {
    return this.#inquire({ type: "who", room: roomName(typed) });
  }

  /** Says which rooms there are. */
  tellRooms(): Promise<void> {
    return this.#inquire({ type: "rooms" });
  }

  /** Shows a room, and enters it first if need be. */
  enterRoom(typed: string): void {
    const name = roomName(typed);
    const isNew = !this.conversations.has(name);
    this.show(this.#conversation("room", name));
    if (isNew) this.#join(name);
  }

  /** Shows the conversation with one person. */
  talkTo(nick: string): void {
    this.show(this.#conversation("direct", nick));
  }

  show(conversation: Conversation): void {
    this.#visited.delete(conversation);
    this.#visited.add(conversation);
    this.current = conversation;
    conversation.unread = 0;
    this.#rememberRooms();
    this.#askWhoIsHere();
    this.#onChange();
  }

  leave(conversation: Conversation): void {
    if (conversation.kind === "room") this.link.send({ type: "leave", room: conversation.name });
    this.#forget(conversation);
  }

  loadEarlier(): void {
    const { name, firstOffset } = this.current;
    this.link.send({ type: "history", room: name, before: firstOffset, limit: PAGE_ENTRIES });
  }

  // What the line tells.

  onStatus(): void {
    // Who came and went meanwhile is told to nobody who was not there.
    if (this.link.status === "open") this.#askWhoIsHere();
    this.#onChange();
  }

  onResumed(): void {
    this.#ownNicks.add(this.nick);
    this.#enterRooms();
  }

  onMessage(message: Message): void {
    if (message.gap !== undefined) {
      const room = message.room === undefined ? undefined : this.conversations.get(message.room);
      room?.note("Some messages are missing here: the server does not have them any more.");
    } else {
      const received = message.isText ? readServerMessage(message.json()) : undefined;
      if (received !== undefined) this.#take(received, message.at ?? Date.now(), message.offset);
    }
    this.#onChange();
  }

  #take(message: ServerMessage, at: number, offset: number | undefined): void {
    switch (message.type) {
      case "welcome":
        this.#onWelcome(message.nick);
        break;
      case "entry": {
        const room = this.conversations.get(message.room);
        if (room === undefined || !room.addEntry(message, at, offset)) break;
        const isMine = this.#ownNicks.has(message.who);
        if (message.kind === "nick") this.#askSoon();
        else if (isMine) room.settle(message.text);
        else this.#markUnread(room);
        break;
      }
      case "presence":
        if (this.conversations.get(message.room)?.addPresence(message, at) === false) this.#askSoon();
        break;
      case "direct": {
        const conversation = this.#conversation("direct", message.from);
        conversation.addSaid(message.from, message.text, message.at);
        this.#markUnread(conversation);
        break;
      }
      case "error":
        if (message.to === "nick") this.#onNickRefused(message.message);
        else this.current.note(message.message);
        break;
      case "reply":
        this.#takeReply(message);
    }
  }

  /** A session that the chat knows nothing of: it learns who we are, and where. */
  #onWelcome(guest: string): void {
    const wanted = this.#remembered.nick;
    if (wanted === "") this.#remembered.nick = guest;
    else this.link.send({ type: "nick", nick: wanted });
    this.nick = guest;
    this.#ownNicks.add(guest);
    // What a room's log looked like in another session is no measure for this one.
    for (const conversation of this.conversations.values()) conversation.forgetEntries();
    if (this.#isIntroduced) this.#enterRooms();
  }

  #introduced(): void {
    if (this.#isIntroduced) return;
    this.#isIntroduced = true;
    this.#enterRooms();
  }

  #enterRooms(): void {
    for (const { kind, name } of this.conversations.values()) if (kind === "room") this.#join(name);
    this.link.ready();
    this.#askWhoIsHere();
  }

  #join(room: string): void {
    this.link.send({ type: "join", room, last: 0 });
    this.link.send({ type: "history", room, limit: PAGE_ENTRIES });
  }

  #takeReply(reply: ChatReply): void {
    switch (reply.to) {
      case "nick":
        this.nick = reply.nick;
        this.#ownNicks.add(reply.nick);
        this.#remembered.nick = reply.nick;
        this.keepNick();
        break;
      case "join":
      case "who": {
        const room = this.conversations.get(reply.room);
        if (room === undefined) break;
        room.members = reply.members;
        room.count = reply.count;
        room.awayCount = reply.awayCount;
        break;
      }
      case "rooms":
        this.rooms = reply.rooms;
        break;
      case "history":
        this.conversations.get(reply.room)?.addPast(reply.entries, reply.more);
    }
  }

  #onNickRefused(why: string): void {
    this.#remembered.nick = this.nick;
    // Programs are told which field it is; whoever is asked for nothing but a name knows.
    this.nickProblem = why.replace(/^nick: /, "A name ");
    this.asksForNick = true;
  }

  #conversation(kind: Conversation["kind"], name: string): Conversation {
    const key = Conversation.key(kind, name);
    let conversation = this.conversations.get(key);
    if (conversation === undefined) {
      conversation = new Conversation(kind, name);
      this.conversations.set(key, conversation);
    }
    return conversation;
  }

  #forget(conversation: Conversation): void {
    this.conversations.delete(conversation.key);
    this.#visited.delete(conversation);
    if (conversation === this.current) {
      const next = [...this.#visited].at(-1) ?? this.conversations.values().next().value;
      if (next === undefined) this.enterRoom(LOBBY);
      else this.show(next);
    }
    this.#rememberRooms();
    this.#onChange();
  }

  #rememberRooms(): void {
    const rooms = [...this.conversations.values()].filter(({ kind }) => kind === "room");
    rooms.sort((a, b) => Number(b === this.current) - Number(a === this.current));
    this.#remembered.rooms = rooms.map(({ name }) => name);
  }

  #markUnread(conversation: Conversation): void {
    if (conversation !== this.current || document.hidden) conversation.unread += 1;
  }

  #askSoon(): void {
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => this.#askWhoIsHere(), ASK_SOON_MS);
  }

  #askWhoIsHere(): void {
    if (this.link.status !== "open" || document.hidden) return;
    if (this.current.kind === "room") this.link.send({ type: "who", room: this.current.name });
    this.#askForRooms();
  }

  #askForRooms(): void {
    if (this.link.status === "open" && !document.hidden) this.link.send({ type: "rooms" });
  }
}

/** People write rooms with the sign in front that other chats use. */
function roomName(typed: string): string {
  return typed.trim().replace(/^#/, "").toLowerCase();
}

function wordsOf(reply: ChatReply): string {
  if (reply.to === "rooms") {
    return `Rooms: ${reply.rooms.map(({ name, count }) => `${name} (${count})`).join(", ") || "none"}`;
  }
  if (reply.to !== "who") return "";
  const { room, count, awayCount, members } = reply;
  if (count > members.length) return `In ${room}: ${count} people${awayCount > 0 ? `, ${awayCount} of them away` : ""}`;
  return `In ${room}: ${members.map(({ nick, away }) => (away ? `${nick} (away)` : nick)).join(", ") || "nobody"}`;
}

function isNotHere(answer: ServerMessage | undefined): boolean {
  return answer?.type === "error" && answer.reason === "not-here";
}
