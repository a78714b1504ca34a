import { decodeUtf8 } from "../protocol/text.ts";
import { GapError } from "../runtime/errors.ts";
import { type Gap, gapLine, type Message, type Sendable } from "../runtime/message.ts";

/** The session that a message came in. */
export interface ClientMessageOwner {
  reply(message: ClientMessage, data: Sendable): Promise<void>;
  finish(message: ClientMessage): void;
}

/** What is set of a message depends on what it is: one of the conversation, a room's entry, a gap. */
type Fields = Partial<Pick<Message, "sequence" | "wantsReply" | "isText" | "room" | "offset" | "at" | "gap">>;

/** A message as a client gets it: its content is bytes of its own, or none. */
export class ClientMessage implements Message {
  readonly sequence: number;
  readonly wantsReply: boolean;
  readonly isText: boolean;
  readonly room: string | undefined;
  readonly offset: number | undefined;
  readonly at: number | undefined;
  readonly gap: Gap | undefined;
  /** The application is done with it. */
  finished = false;
  readonly #owner: ClientMessageOwner;
  readonly #payload: Uint8Array;

  constructor(owner: ClientMessageOwner, payload: Uint8Array, fields: Fields) {
    this.#owner = owner;
    this.#payload = payload;
    this.sequence = fields.sequence ?? 0;
    this.wantsReply = !!fields.wantsReply;
    this.isText = !!fields.isText;
    this.room = fields.room;
    // What is not logged, or nobody knows, is 0 on the wire.
    this.offset = fields.offset || undefined;
    this.at = fields.at;
    this.gap = fields.gap;
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
