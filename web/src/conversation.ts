import {
  type ChatEntry,
  type ChatMember,
  type ChatPresence,
  type PastEntry,
  presenceWords,
} from "bowline/chat/messages";

/** One thing in a conversation: something said, something that happened, or a remark of the page's own. */
export interface Item {
  readonly id: number;
  readonly kind: "say" | "event" | "presence" | "note";
  readonly who: string;
  readonly text: string;
  readonly at: number;
  /** Its place in the room's log; `undefined` for what is in no log. */
  readonly offset: number | undefined;
  state: "sending" | "sent" | "failed";
  /** Why it failed. */
  problem: string;
}

/** Who came and went one after the other within this time stands in one line. */
const COMINGS_MS = 5 * 60_000;

/** Who came, and who went; of each the latest. */
interface Comings {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** So many items are kept of a conversation; the server has the rest. */
const MAX_ITEMS = 1_000;

let lastId = 0;

/** What is said in one room, or with one person. */
export class Conversation {
  readonly name: string;
  readonly kind: "room" | "direct";
  readonly items: Item[] = [];
  members: readonly ChatMember[] = [];
  count = 0;
  awayCount = 0;
  unread = 0;
  draft = "";
  /** The server may have more, from before the first item. */
  hasEarlier = false;
  /** What was said before we came is here, or there is nothing. */
  isLoaded: boolean;
  /** The comings and goings that are told last, and where that is. */
  #comings: { readonly item: Item; readonly since: number; readonly who: Comings } | undefined;

  constructor(kind: "room" | "direct", name: string) {
    this.kind = kind;
    this.name = name;
    this.isLoaded = kind === "direct";
  }

  /** The key under which it is kept. No room's name begins like that of a person's. */
  static key(kind: "room" | "direct", name: string): string {
    return kind === "room" ? name : `@${name}`;
  }

  get key(): string {
    return Conversation.key(this.kind, this.name);
  }

  get firstOffset(): number | undefined {
    return this.items.find((item) => item.offset !== undefined)?.offset;
  }

  /** A room's entry, from its stream or from its past; whichever comes second changes nothing. */
  addEntry({ kind, who, text }: ChatEntry, at: number, offset: number | undefined): boolean {
    if (offset !== undefined && this.items.some((item) => item.offset === offset)) return false;
    const behind = this.items.findIndex(
      (item) => item.state !== "sent" || (offset !== undefined && item.offset !== undefined && item.offset > offset),
    );
    const item = newItem({ kind: kind === "say" ? "say" : "event", who, text, at, offset });
    this.items.splice(behind === -1 ? this.items.length : behind, 0, item);
    this.#trim();
    return true;
  }

  /** Who is here has changed. Whether the list of members is what the server has. */
  addPresence(presence: ChatPresence, at: number): boolean {
    const { count, awayCount, joined, left } = presence;
    this.count = count;
    this.awayCount = awayCount;
    this.members = membersAfter(this.members, presence);
    if (joined.length + left.length > 0) this.#addComings({ joined, left }, at);
    // Of a large room nobody is named, and nobody needs to be.
    if (presence.members?.length === 0) return true;
    const isAwayRight = this.members.filter(({ away }) => away).length === awayCount;
    return this.members.length === count && isAwayRight;
  }

  /** One line for all that come and go while nothing is said. */
  #addComings(now: Comings, at: number): void {
    const last = this.items.findLastIndex(({ state }) => state === "sent");
    const before = this.#comings;
    const goesOn = before !== undefined && this.items[last] === before.item && at - before.since < COMINGS_MS;
    const who = goesOn ? comingsAfter(before.who, now) : now;
    const text = presenceWords(who);
    const item = newItem({ kind: "presence", who: "", text, at, offset: undefined });
    this.items.splice(goesOn ? last : last + 1, goesOn ? 1 : 0, ...(text === "" ? [] : [item]));
    this.#comings = { item, since: goesOn ? before.since : at, who };
    this.#trim();
  }

  addPast(entries: readonly PastEntry[], hasEarlier: boolean): void {
    this.hasEarlier = hasEarlier;
    this.isLoaded = true;
    for (const { entry, at, offset } of entries) this.addEntry(entry, at, offset);
  }

  /** What one says oneself, on its way. */
  addSending(who: string, text: string): Item {
    const item = newItem({ kind: "say", who, text, at: Date.now(), offset: undefined }, "sending");
    this.items.push(item);
    return item;
  }

  addSaid(who: string, text: string, at: number): void {
    this.items.push(newItem({ kind: "say", who, text, at, offset: undefined }));
    this.#trim();
  }

  note(text: string): void {
    this.items.push(newItem({ kind: "note", who: "", text, at: Date.now(), offset: undefined }));
    this.#trim();
  }

  /** Everything but what is still on its way. */
  forgetEntries(): void {
    if (this.kind === "direct") return;
    const kept = this.items.filter((item) => item.state !== "sent");
    this.items.splice(0, this.items.length, ...kept);
    this.hasEarlier = false;
    this.isLoaded = false;
  }

  /** The room has it: the entry stands for it now. */
  settle(text: string): void {
    const sending = this.items.findIndex((item) => item.state === "sending" && item.text === text);
    if (sending !== -1) this.items.splice(sending, 1);
  }

  remove(item: Item): void {
    const index = this.items.indexOf(item);
    if (index !== -1) this.items.splice(index, 1);
  }

  #trim(): void {
    if (this.items.length <= MAX_ITEMS) return;
    this.items.splice(0, this.items.length - MAX_ITEMS);
    this.hasEarlier = this.kind === "room";
  }
}

/** Who left and has come again is here as before. */
function comingsAfter(before: Comings, { joined, left }: Comings): Comings {
  const others = (names: readonly string[]) => names.filter((nick) => !joined.includes(nick) && !left.includes(nick));
  const newcomers = joined.filter((nick) => !before.left.includes(nick));
  return { joined: [...others(before.joined), ...newcomers], left: [...others(before.left), ...left] };
}

function membersAfter(before: readonly ChatMember[], presence: ChatPresence): readonly ChatMember[] {
  if (presence.members !== undefined) return presence.members;
  const members = new Map(before.map((member) => [member.nick, member]));
  for (const nick of presence.left) members.delete(nick);
  for (const nick of [...presence.joined, ...presence.back]) members.set(nick, { nick, away: false });
  for (const nick of presence.away) members.set(nick, { nick, away: true });
  return [...members.values()];
}

function newItem(content: Pick<Item, "kind" | "who" | "text" | "at" | "offset">, state: Item["state"] = "sent"): Item {
  lastId += 1;
  return { id: lastId, ...content, state, problem: "" };
}
