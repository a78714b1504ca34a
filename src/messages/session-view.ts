import type { Message } from "../runtime/message.ts";
import type { Session } from "../runtime/public-sessions.ts";
import { type AnyReceived, Incoming } from "./incoming.ts";
import { jsonIn } from "./json.ts";
import { errorObject, MessageError, readErrorObject } from "./message-error.ts";
import { TypedReader } from "./typed-reader.ts";
import type { Reading, Vocabulary } from "./vocabulary.ts";

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

type AnyHandlers = { readonly [type: string]: ((...args: unknown[]) => unknown) | undefined };

/** A session through the messages that are defined for it. Users hold it as a `TypedSession`, which has their types. */
export class SessionView<Viewed extends Session = Session> {
  readonly session: Viewed;
  readonly #incoming: Vocabulary;
  readonly #outgoing: Vocabulary;

  constructor(session: Viewed, incoming: Vocabulary, outgoing: Vocabulary) {
    this.session = session;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  send(type: string, data?: object): Promise<void> {
    return this.session.send(this.#outgoing.write(type, data));
  }

  request(type: string, data?: object, options?: SignalOption): Promise<unknown> {
    const reply = this.#request(type, data, options);
    // As with the session's own, forgetting to await it is safe.
    reply.catch(() => {});
    return reply;
  }

  async #request(type: string, data: object | undefined, options: SignalOption | undefined): Promise<unknown> {
    const reply = await this.read(await this.session.request(this.#outgoing.write(type, data), options));
    if (reply.type === "reply" && reply.to === type) return reply.data;
    if (reply.type === "error") throw reply.error;
    const why = reply.error?.message ?? `it is of type ${reply.type}`;
    throw new MessageError("malformed-reply", `the reply to ${type} is not as it is defined: ${why}`, { to: type });
  }

  async receive(options?: SignalOption): Promise<AnyReceived | undefined> {
    const message = await this.session.receive(options);
    return message === undefined ? undefined : this.#take(message);
  }

  [Symbol.asyncIterator](): TypedReader {
    return this.readerOf(this.session);
  }

  /** Reads the session, or one room of it. */
  readerOf(messages: AsyncIterable<Message>): TypedReader {
    return new TypedReader(messages[Symbol.asyncIterator](), (message) => this.#take(message));
  }

  async handle(handlers: AnyHandlers): Promise<void> {
    const missing = this.#incoming.types.filter((type) => typeof handlers[type] !== "function");
    if (missing.length > 0) throw new TypeError(`there is no handler for ${missing.join(", ")}`);
    for await (const received of this) await this.#handle(received, handlers);
  }

  async answer(message: Message, handlers: AnyHandlers): Promise<void> {
    await this.#handle(await this.#take(message), handlers);
  }

  read(message: Message): AnyReceived | Promise<AnyReceived> {
    const { gap } = message;
    if (gap !== undefined) return { type: "gap", gap, message };
    const json = Object(jsonIn(message)) as { readonly type?: unknown };
    if (json.type === "error") return { type: "error", error: readErrorObject(json), message };
    const isReply = json.type === "reply";
    const reading = isReply ? this.#outgoing.readReply(json) : this.#incoming.read(json);
    return reading instanceof Promise
      ? reading.then((settled) => receivedOf(settled, isReply, message))
      : receivedOf(reading, isReply, message);
  }

  /** Reads a message, and tells its sender when it is malformed. */
  #take(message: Message): AnyReceived | Promise<AnyReceived> {
    const received = this.read(message);
    return received instanceof Promise
      ? received.then((settled) => this.#tellMalformed(settled))
      : this.#tellMalformed(received);
  }

  #tellMalformed(received: AnyReceived): AnyReceived | Promise<AnyReceived> {
    const { type, error, message } = received;
    // A room's entry need not be from the other side, which would hear it from everybody in the room.
    if (type !== "malformed" || error === undefined || message.room !== undefined) return received;
    return this.#deliver(message.reply(errorObject(error, error.to))).then(() => received);
  }

  async #handle(received: AnyReceived, handlers: AnyHandlers): Promise<void> {
    const { type, data, message } = received;
    if (!(received instanceof Incoming)) {
      await handlers[type]?.(received);
      return;
    }
    try {
      const reply = await handlers[type]?.(data, message);
      if (this.#incoming.isRequest(type)) await this.#deliver(received.reply(reply as object));
    } catch (error) {
      // Nobody asked for a room's entry.
      if (!(error instanceof MessageError) || message.room !== undefined) throw error;
      await this.#deliver(received.refuse(error.reason, error.message));
    }
  }

  /** An answer that comes too late ends nothing: how the session ended, its reader says. */
  async #deliver(answer: Promise<void>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      if (!this.session.signal.aborted) throw error;
    }
  }
}

function receivedOf(reading: Reading, isReply: boolean, message: Message): AnyReceived {
  if (reading.error !== undefined) return { type: "malformed", error: reading.error, message };
  const { type, data } = reading;
  return isReply ? { type: "reply", to: type, data, message } : new Incoming(type, data, message);
}
