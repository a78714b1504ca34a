import type { Appended, Broker, Entry } from "../broker/broker.ts";
import { utf8Length } from "../protocol/text.ts";
import { payloadOf, type ReceivedMessage, type Sendable } from "../runtime/message.ts";
import type { Emit, MessageContext, RoomSession } from "../runtime/ports.ts";
import { never } from "../runtime/reader.ts";
import type { RoomSendOptions } from "../runtime/room.ts";
import type { Turn } from "../runtime/turn.ts";
import { WatchedPromise } from "../runtime/watched-promise.ts";
import type { Limits } from "../session/limits.ts";
import type { HeldKeys } from "./held-keys.ts";
import type { TurnQueue } from "./turn-queue.ts";
import { EPHEMERAL_OFFSET } from "./wire-forms.ts";

/** The run of a handler that sends. */
export interface Sender {
  readonly session: RoomSession;
  readonly run: object;
}

/** A room of this node, as sends see it. */
interface SendTarget {
  pass(ephemeral: Entry): void;
  onAppended(offset: number): void;
}

export interface PublisherEnvironment {
  readonly broker: Broker;
  readonly limits: Limits;
  readonly queue: TurnQueue;
  readonly context: MessageContext | undefined;
  readonly emit: Emit;
  readonly keys: HeldKeys;
  wallNow(): number;
  /** The room, if this node has members in it. */
  find(room: string): SendTarget | undefined;
}

/** Sends to rooms: sizes, keys, and what a message that caused a send has to wait for. */
export class Publisher {
  readonly #env: PublisherEnvironment;

  constructor(env: PublisherEnvironment) {
    this.#env = env;
  }

  /** See `Room.send`. A send of nobody's session is one of the server's own. */
  send(room: string, data: Sendable, options: RoomSendOptions, sender: Sender | undefined): Promise<void> {
    if (sender !== undefined && sender.session.run !== sender.run) return never();
    const turn = this.#turnOf(sender);
    const message = turn?.message;
    // The message is not acknowledged before what it caused is as durable as it will be.
    if (message !== undefined) message.unsettled += 1;
    const sent: WatchedPromise<void> = new WatchedPromise((resolve, reject) => {
      this.#append(room, data, options, sender, turn).then(
        () => {
          resolve();
          settle(sender, message);
        },
        (error: unknown) => {
          reject(error);
          this.#env.queue.add({ onTurnEnd: () => this.#onFailure(sent, error, room, sender, message) });
        },
      );
    });
    return sent.quiet();
  }

  /**
   * The turn is over in which a send failed. When nobody was told, nobody can make up for it: the session ends, and what
   * it was handling stays unacknowledged, so that it is either handled again or given back.
   */
  #onFailure(
    sent: WatchedPromise<void>,
    error: unknown,
    room: string,
    sender: Sender | undefined,
    message: ReceivedMessage | undefined,
  ): void {
    if (sent.isWatched) settle(sender, message);
    else if (sender === undefined) this.#env.emit({ name: "room-error", room, error });
    else if (sender.session.run === sender.run) sender.session.onSendFailed(error);
  }

  /** The message, or the beginning, that the calling code is handling. */
  #turnOf(sender: Sender | undefined): Turn | undefined {
    const turn = sender === undefined ? undefined : this.#env.context?.current();
    return turn !== undefined && turn.run === sender?.run && turn.isOpen ? turn : undefined;
  }

  async #append(
    room: string,
    data: Sendable,
    options: RoomSendOptions,
    sender: Sender | undefined,
    turn: Turn | undefined,
  ): Promise<void> {
    const { broker, keys, emit } = this.#env;
    const payload = payloadOf(data);
    const { text } = options;
    const byteLength = this.#checkSize(payload);
    if (text !== undefined) this.#checkSize(text);
    if (options.ephemeral === true) {
      const at = this.#env.wallNow();
      this.#env
        .find(room)
        ?.pass({ offset: EPHEMERAL_OFFSET, previous: EPHEMERAL_OFFSET, at, payload, byteLength, text });
      return;
    }
    const key = this.#keyOf(room, options, sender, turn);
    const [appended] = await broker.append(room, [{ payload, text, key, keepKeyMs: keys.keepKeyMs }]);
    const { offset, isMismatch } = appended as Appended;
    this.#env.find(room)?.onAppended(offset);
    if (isMismatch) emit({ name: "key-mismatch", sessionId: sender?.session.id ?? "", room, key: key ?? "" });
  }

  /** The key of the application's own, or the k-th of this message for this room; without a message, none. */
  #keyOf(
    room: string,
    options: RoomSendOptions,
    sender: Sender | undefined,
    turn: Turn | undefined,
  ): string | undefined {
    if (options.key !== undefined) return `own/${options.key}`;
    if (sender === undefined || turn === undefined) return undefined;
    return this.#env.keys.keyOf(sender.session, turn, room);
  }

  #checkSize(payload: string | Uint8Array): number {
    const { maxMessageBytes } = this.#env.limits;
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    if (byteLength <= maxMessageBytes) return byteLength;
    throw new RangeError(`a message of ${byteLength} bytes is above maxMessageBytes (${maxMessageBytes})`);
  }
}

function settle(sender: Sender | undefined, message: ReceivedMessage | undefined): void {
  // A run that was replaced has nothing to settle: its messages are counted afresh.
  if (message === undefined || sender === undefined || sender.session.run !== sender.run) return;
  message.unsettled -= 1;
  sender.session.settle();
}
