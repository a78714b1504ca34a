import type { Room, Session } from "bowline";
import type { ServerOf } from "bowline/messages";
import type { Kept } from "./kept.ts";
import { directLine } from "./lines.ts";
import { type ChatDirect, messages, nickKey } from "./messages.ts";

/** Direct messages that may wait for somebody who does not read. */
const MAX_WAITING_DIRECTS = 100;

/** Somebody in the chat: one session. */
export class Person {
  readonly session: Session;
  /** The session, as programs talk in it. */
  readonly typed: ServerOf<typeof messages>;
  /** The rooms they are in, in the order in which they came. */
  readonly rooms = new Map<string, Room>();
  /** How they last spoke is how they are spoken to. */
  speaks: "text" | "json";
  /** They have not been in any room yet. */
  isNew = true;
  #nick: string;
  #kept = "";
  #waitingDirects = 0;

  constructor(session: Session, nick: string) {
    this.session = session;
    this.typed = messages.server(session);
    this.#nick = nick;
    this.speaks = session.peer.form === "lines" ? "text" : "json";
  }

  get nick(): string {
    return this.#nick;
  }

  /** What the nick is known by. */
  get key(): string {
    return nickKey(this.#nick);
  }

  rename(nick: string): void {
    this.#nick = nick;
  }

  /** Keeps what a server that is started again has to know of them; with the message that changed it. */
  keep(): void {
    const { nick, speaks } = this;
    const kept: Kept = { nick, speaks, rooms: [...this.rooms.keys()] };
    const text = JSON.stringify(kept);
    // Mostly nothing has changed, and what is assigned is written to disk.
    if (text === this.#kept) return;
    this.#kept = text;
    this.session.state = kept;
  }

  /** The room that what they type goes to: the one they entered last. */
  get room(): string | undefined {
    return [...this.rooms.keys()].at(-1);
  }

  /** Hands over a direct message; false when too many wait already. Never waits: the sender has other things to do. */
  tell(direct: ChatDirect): boolean {
    if (this.#waitingDirects >= MAX_WAITING_DIRECTS) return false;
    this.#waitingDirects += 1;
    const accepted = () => {
      this.#waitingDirects -= 1;
    };
    const sent = this.speaks === "text" ? this.session.send(directLine(direct)) : this.typed.send("direct", direct);
    sent.then(accepted, accepted);
    return true;
  }
}
