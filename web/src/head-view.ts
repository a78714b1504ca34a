import type { ChatModel } from "./chat-model.ts";
import { byId } from "./element.ts";

/** Where one is, who one is, and how the line is. */
export class HeadView {
  readonly #model: ChatModel;

  constructor(model: ChatModel) {
    this.#model = model;
    byId("leave", "button").onclick = () => model.leave(model.current);
  }

  show(): void {
    const { current, link, nick, unread } = this.#model;
    const isRoom = current.kind === "room";
    byId("title", "h1").textContent = current.name;
    byId("subtitle", "p").textContent = isRoom ? countOf(current.count) : "between you two, and not kept";
    byId("leave", "button").textContent = isRoom ? "Leave" : "Close";
    byId("my-nick", "span").textContent = nick;
    document.title = unread > 0 ? `(${unread}) ${current.name} · Bowline` : `${current.name} · Bowline`;
    const elsewhere = byId("elsewhere", "span");
    elsewhere.hidden = unread === 0;
    elsewhere.textContent = String(unread);
    byId("dot", "span").dataset.status = link.status;
    byId("connection", "span").textContent = WORDS[link.status];
    const line = byId("line", "p");
    const text = link.status === "ended" ? `${link.ending} Reload the page to come back.` : LINES[link.status];
    line.hidden = text === "";
    if (line.textContent !== text) line.textContent = text;
  }
}

function countOf(people: number): string {
  return people === 0 ? "" : `${people} here`;
}

const WORDS = { connecting: "connecting", open: "connected", detached: "reconnecting", ended: "disconnected" };

const LINES = {
  connecting: "Connecting… What you write is kept, and sent when the line is there.",
  open: "",
  detached: "Reconnecting… What you write is kept, and sent when the line is back.",
};
