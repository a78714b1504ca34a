import { MessageFlag } from "../protocol/frames/message.ts";
import { decodeUtf8 } from "../protocol/text.ts";
import { GapError } from "../runtime/errors.ts";
import { type Gap, gapLine, type Message, type Sendable } from "../runtime/message.ts";

/** The session that a message came in. */
export interface ClientMessageOwner {
  reply(message: ClientMessage, data: Sendable): Promise<void>;
  finish(message: ClientMessage): void;
}

/** What is set of a message depends on what it is: one of the conversation, a room's entry, a gap. */
type Fields = Partial<Pick<Message, "sequence" | "wantsReply" | "room" | "offset" | "at" | "gap">>;

/** A message as a client gets it: its content is bytes of its own, or none. */
export class ClientMessage implements Message {
  readonly sequence = 0;
  readonly wantsReply = false;
  readonly isText: boolean;
  readonly room: string | undefined;
  readonly offset: number | undefined;
  readonly at: number | undefined;
  readonly gap: Gap | undefined;
  /** The application is done with it. */
  finished = false;
  readonly #owner: ClientMessageOwner;
  readonly #payload: Uint8Array;

  /** Of the flags, all that an entry has in common with a message of the conversation is whether it is text. */
  constructor(owner: ClientMessageOwner, payload: Uint8Array, flags: number, fields: Fields) {
    this.#owner = owner;
    this.#payload = payload;
    this.isText = !!(flags & MessageFlag.text);
    Object.assign(this, fields);
  }

  get byteLength(): number {
    return this.#payload.length;
  }

  text(): string {
    return this.gap ? gapLine(this.gap) : decodeUtf8(this.#payload);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#payload);
  }

  json(): unknown {
    if (this.gap) throw new GapError(this.text());
    return JSON.parse(this.text());
  }

  reply(data: Sendable): Promise<void> {
    return this.#owner.reply(this, data);
  }

  done(): void {
    this.#owner.finish(this);
  }
}
