import type { ChatModel } from "./chat-model.ts";
import { Conversation } from "./conversation.ts";
import { byId, make, reconcile } from "./element.ts";

interface Place {
  readonly key: string;
  readonly label: string;
  readonly count: string;
  readonly unread: number;
  readonly isCurrent: boolean;
  open(): void;
}

/** Rooms and people on the left; on a phone, in place of the conversation. */
export class SideView {
  readonly #model: ChatModel;
  readonly #chat = byId("chat", "div");
  readonly #rooms = byId("rooms", "ul");
  readonly #directs = byId("directs", "ul");
  readonly #people = byId("people", "ul");

  constructor(model: ChatModel, onChangeNick: () => void) {
    this.#model = model;
    const join = byId("join", "form");
    const room = byId("join-room", "input");
    join.onsubmit = (event) => {
      event.preventDefault();
      const name = room.value;
      room.value = "";
      if (name.trim() !== "") this.#go(() => model.enterRoom(name));
    };
    byId("open-side", "button").onclick = () => this.#turnTo("side");
    byId("close-side", "button").onclick = () => this.#turnTo("conversation");
    byId("me", "button").onclick = onChangeNick;
  }

  #turnTo(region: "side" | "conversation"): void {
    this.#chat.dataset.region = region;
  }

  #go(open: () => void): void {
    open();
    this.#turnTo("conversation");
    byId("text", "textarea").focus();
  }

  show(): void {
    const { conversations, current, nick } = this.#model;
    this.#showPlaces(this.#rooms, this.#roomPlaces());
    const directs = [...conversations.values()].filter(({ kind }) => kind === "direct");
    byId("directs-section", "section").hidden = directs.length === 0;
    this.#showPlaces(
      this.#directs,
      directs.map((direct) => this.#placeOf(direct, "")),
    );
    byId("people-section", "section").hidden = current.kind !== "room";
    byId("people-title", "h2").textContent = titleOf(current);
    byId("unnamed", "p").hidden = current.kind !== "room" || current.count <= current.members.length;
    reconcile(
      this.#people,
      current.kind === "room" ? current.members : [],
      (member) => `${member.nick} ${member.away} ${member.nick === nick}`,
      (member) => this.#drawPerson(member.nick, member.away),
    );
  }

  /** The rooms one is in, then the others that there are. */
  #roomPlaces(): Place[] {
    const { conversations, rooms } = this.#model;
    const counts = new Map(rooms.map(({ name, count }) => [name, String(count)]));
    const mine = [...conversations.values()].filter(({ kind }) => kind === "room");
    const others = rooms.filter(({ name }) => !conversations.has(Conversation.key("room", name)));
    return [
      ...mine.map((room) => this.#placeOf(room, `${room.count || (counts.get(room.name) ?? "")}`)),
      ...others.map(({ name, count }) => ({
        key: name,
        label: name,
        count: String(count),
        unread: 0,
        isCurrent: false,
        open: () => this.#model.enterRoom(name),
      })),
    ];
  }

  #placeOf(conversation: Conversation, count: string): Place {
    return {
      key: conversation.key,
      label: conversation.name,
      count,
      unread: conversation.unread,
      isCurrent: conversation === this.#model.current,
      open: () => this.#model.show(conversation),
    };
  }

  #showPlaces(list: HTMLElement, places: readonly Place[]): void {
    const isMine = (place: Place) => this.#model.conversations.has(place.key);
    reconcile(
      list,
      places,
      (place) => [place.key, place.count, place.unread, place.isCurrent, isMine(place)].join(" "),
      (place) => {
        const button = make(
          "button",
          { className: "place", type: "button" },
          make("span", { textContent: place.label }),
        );
        if (!isMine(place)) button.classList.add("other");
        if (place.isCurrent) button.setAttribute("aria-current", "true");
        if (place.unread > 0)
          button.append(
            make("span", { className: "badge", textContent: `${place.unread}`, ariaLabel: `${place.unread} unread` }),
          );
        else button.append(make("span", { className: "count", textContent: place.count }));
        button.onclick = () => this.#go(place.open);
        return make("li", {}, button);
      },
    );
  }

  #drawPerson(nick: string, away: boolean): HTMLElement {
    const isMe = nick === this.#model.nick;
    const state = isMe ? "you" : away ? "away" : "";
    const person = make(
      "button",
      { className: `place person ${away ? "away" : ""}`, type: "button", disabled: isMe },
      make("span", { textContent: nick }),
      make("span", { className: "count", textContent: state }),
    );
    if (!isMe) person.title = `Talk to ${nick} directly`;
    person.onclick = () => this.#go(() => this.#model.talkTo(nick));
    return make("li", {}, person);
  }
}

function titleOf({ count, awayCount }: Conversation): string {
  const away = awayCount > 0 ? `, ${awayCount} away` : "";
  return count === 0 ? "Here" : `Here: ${count}${away}`;
}
