import { type ChatClient, type ChatReceived, type ChatReply, LOBBY, type ReplyData } from "bowline/chat/messages";
import { MessageError } from "bowline/messages";
import { Conversation, type Item } from "./conversation.ts";
import { Link } from "./link.ts";
import { Remembered } from "./remembered.ts";
import { completeTime } from "./times.ts";

const PAGE_ENTRIES = 50;
/** So many of what was found are shown. */
const FOUND = 20;
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
    const request = (chat: ChatClient): Promise<unknown> =>
      kind === "room" ? chat.request("say", { room: name, text }) : chat.request("direct", { to: name, text });
    let answer = await this.link.ask(request);
    // A server that was restarted may read this before it reads where we are.
    if (isNotHere(answer) && this.conversations.has(conversation.key)) answer = await this.link.ask(request);
    if (answer instanceof MessageError) {
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
    void this.link.chat?.send("nick", { nick });
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
  async #inquire<Reply>(request: (chat: ChatClient) => Promise<Reply>, words: (reply: Reply) => string): Promise<void> {
    const where = this.current;
    const answer = await this.link.ask(request);
    if (answer === undefined) return;
    where.note(answer instanceof MessageError ? answer.message : words(answer));
    this.#onChange();
  }

  /** Says who is in a room. */
  tellPeople(typed: string): Promise<void> {
    return this.#inquire((chat) => chat.request("who", { room: roomName(typed) }), peopleWords);
  }

  /** Says where these words were said in a room. */
  tellFound(room: string, words: string): Promise<void> {
    return this.#inquire((chat) => chat.request("search", { room, words, limit: FOUND }), foundWords);
  }

  /** Says which rooms there are. */
  tellRooms(): Promise<void> {
    return this.#inquire((chat) => chat.request("rooms"), roomsWords);
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
    if (conversation.kind === "room") void this.link.chat?.send("leave", { room: conversation.name });
    this.#forget(conversation);
  }

  loadEarlier(): void {
    const { name, firstOffset } = this.current;
    void this.link.chat?.send("history", { room: name, before: firstOffset, limit: PAGE_ENTRIES });
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

  onReceived(received: ChatReceived): void {
    this.#take(received);
    this.#onChange();
  }

  #take(received: ChatReceived): void {
    const { message } = received;
    switch (received.type) {
      case "welcome":
        this.#onWelcome(received.data.nick);
        break;
      case "entry": {
        const { data } = received;
        const room = this.conversations.get(data.room);
        if (room === undefined || !room.addEntry(data, message.at ?? Date.now(), message.offset)) break;
        const isMine = this.#ownNicks.has(data.who);
        if (data.kind === "nick") this.#askSoon();
        else if (isMine) room.settle(data.text);
        else this.#markUnread(room);
        break;
      }
      case "presence": {
        const room = this.conversations.get(received.data.room);
        if (room?.addPresence(received.data, message.at ?? Date.now()) === false) this.#askSoon();
        break;
      }
      case "direct": {
        const { from, text, at } = received.data;
        const conversation = this.#conversation("direct", from);
        conversation.addSaid(from, text, at);
        this.#markUnread(conversation);
        break;
      }
      case "error":
        if (received.error.to === "nick") this.#onNickRefused(received.error.message);
        else this.current.note(received.error.message);
        break;
      case "reply":
        this.#takeReply(received);
        break;
      case "gap": {
        const room = message.room === undefined ? undefined : this.conversations.get(message.room);
        room?.note("Some messages are missing here: the server does not have them any more.");
      }
    }
  }

  /** A session that the chat knows nothing of: it learns who we are, and where. */
  #onWelcome(guest: string): void {
    const wanted = this.#remembered.nick;
    if (wanted === "") this.#remembered.nick = guest;
    else void this.link.chat?.send("nick", { nick: wanted });
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
    void this.link.chat?.send("join", { room, last: 0 });
    void this.link.chat?.send("history", { room, limit: PAGE_ENTRIES });
  }

  #takeReply({ to, data }: ChatReply): void {
    switch (to) {
      case "nick":
        this.nick = data.nick;
        this.#ownNicks.add(data.nick);
        this.#remembered.nick = data.nick;
        this.keepNick();
        break;
      case "join":
      case "who": {
        const room = this.conversations.get(data.room);
        if (room === undefined) break;
        room.members = data.members;
        room.count = data.count;
        room.awayCount = data.awayCount;
        break;
      }
      case "rooms":
        this.rooms = data.rooms;
        break;
      case "history":
        this.conversations.get(data.room)?.addPast(data.entries, data.more);
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
    if (this.current.kind === "room") void this.link.chat?.send("who", { room: this.current.name });
    this.#askForRooms();
  }

  #askForRooms(): void {
    if (this.link.status === "open" && !document.hidden) void this.link.chat?.send("rooms");
  }
}

/** People write rooms with the sign in front that other chats use. */
function roomName(typed: string): string {
  return typed.trim().replace(/^#/, "").toLowerCase();
}

function roomsWords({ rooms }: ReplyData["rooms"]): string {
  return `Rooms: ${rooms.map(({ name, count }) => `${name} (${count})`).join(", ") || "none"}`;
}

function peopleWords({ room, count, awayCount, members }: ReplyData["who"]): string {
  if (count > members.length) return `In ${room}: ${count} people${awayCount > 0 ? `, ${awayCount} of them away` : ""}`;
  return `In ${room}: ${members.map(({ nick, away }) => (away ? `${nick} (away)` : nick)).join(", ") || "nobody"}`;
}

function foundWords({ room, words, entries }: ReplyData["search"]): string {
  if (entries.length === 0) return `Nothing in ${room} has these words: ${words}`;
  const lines = entries.map(({ at, entry: { kind, who, text } }) => {
    return `${completeTime(at)}, ${who}${kind === "say" ? ":" : ""} ${text}`;
  });
  return [`Found in ${room}, the newest last:`, ...lines].join("\n");
}

function isNotHere(answer: unknown): boolean {
  return answer instanceof MessageError && answer.reason === "not-here";
}
