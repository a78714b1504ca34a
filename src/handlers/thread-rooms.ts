import { decodeUtf8 } from "../protocol/text.ts";
import { payloadOf, type Sendable } from "../runtime/message.ts";
import type { MessageContext, RoomJoiner, RoomSession } from "../runtime/ports.ts";
import { never } from "../runtime/reader.ts";
import type {
  HistoryOptions,
  JoinOptions,
  Room,
  RoomEntry,
  RoomMember,
  RoomSendOptions,
  SearchOptions,
} from "../runtime/room.ts";
import { checkedName } from "../runtime/room-name.ts";
import { quietly } from "../runtime/session-core.ts";
import { WatchedPromise } from "../runtime/watched-promise.ts";
import type { CarriedEntry } from "./remote-run.ts";
import type { Telling } from "./ring.ts";
import { type Call, decodeValue, encodeValue, NO_TURN, ToServer, UNWATCHED } from "./tellings.ts";
import { ThreadCore, turnNumber } from "./thread-core.ts";

/** What rooms need of the thread that they are used in. */
export interface RoomPorts {
  readonly context: MessageContext;
  tell(telling: Telling, payload?: string | Uint8Array): void;
  /** Stands still until the server's thread has answered what was told last. */
  waitForAnswer(): unknown;
  decodeError(bytes: Uint8Array): Error;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The server's rooms, for handlers in another thread. */
export class ThreadRooms implements RoomJoiner {
  readonly #ports: RoomPorts;
  readonly #calls = new Map<number, PendingCall>();
  #made = 0;

  constructor(ports: RoomPorts) {
    this.#ports = ports;
  }

  async join(session: RoomSession, _run: object, name: string, options: JoinOptions): Promise<Room> {
    const { signal, last, after } = options;
    signal?.throwIfAborted();
    const room = this.room(session, _run, name);
    const call = { what: "join", room: room.name, last, after } as Call;
    const id = this.#made + 1;
    const joined = this.call(session, call);
    if (signal === undefined) {
      await joined;
      return room;
    }
    const abort = (): void => {
      this.#tell(session, ToServer.abort, id);
      this.onFailure(id, signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      await joined;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    return room;
  }

  room(session: RoomSession, _run: object, name: string): Room {
    return new ThreadRoom(this, session, checkedName(name));
  }

  // Sessions are the server's to restore and to end, and so are turns of its event loop.

  restore(): void {}

  afterTurn(): void {}

  leaveAll(): void {}

  stopPresence(): void {}

  /** Asks the server. `turn` is what the calling code belongs to. */
  call(session: RoomSession, call: Call, turn = NO_TURN): Promise<unknown> {
    return quietly(new Promise((resolve, reject) => this.ask(session, call, turn, { resolve, reject })));
  }

  ask(session: RoomSession, call: Call, turn: number, pending: PendingCall): number {
    this.#made += 1;
    this.#calls.set(this.#made, pending);
    this.#tell(session, ToServer.call, this.#made, turn, 0, encodeValue(call));
    return this.#made;
  }

  askAndWait(session: RoomSession, call: Call): unknown {
    this.#tell(session, ToServer.call, 0, NO_TURN, 0, encodeValue(call));
    return this.#ports.waitForAnswer();
  }

  answered(session: RoomSession, id: number, isWatched: boolean): void {
    this.#tell(session, ToServer.answered, id, 0, isWatched ? 0 : UNWATCHED);
  }

  /** The number of what the calling code is handling in this session. */
  turnOf(session: RoomSession): number {
    const turn = this.#ports.context.current();
    return turn !== undefined && turn.run === session.run && turn.isOpen ? turnNumber(turn) : NO_TURN;
  }

  #tell(session: RoomSession, kind: number, a: number, b = 0, flags = 0, payload?: Uint8Array): void {
    if (session instanceof ThreadCore) this.#ports.tell({ kind, flags, run: session.number, a, b }, payload);
  }

  onResult(id: number, bytes: Uint8Array): void {
    this.#take(id)?.resolve(decodeValue(bytes));
  }

  onFailed(id: number, bytes: Uint8Array): void {
    this.onFailure(id, this.#ports.decodeError(bytes));
  }

  onFailure(id: number, error: unknown): void {
    this.#take(id)?.reject(error);
  }

  #take(id: number): PendingCall | undefined {
    const pending = this.#calls.get(id);
    this.#calls.delete(id);
    return pending;
  }
}

/** A room, as a handler in this thread holds it. */
class ThreadRoom implements Room {
  readonly name: string;
  readonly #rooms: ThreadRooms;
  readonly #session: RoomSession;

  constructor(rooms: ThreadRooms, session: RoomSession, name: string) {
    this.#rooms = rooms;
    this.#session = session;
    this.name = name;
  }

  send(data: Sendable, options: RoomSendOptions = {}): Promise<void> {
    const sent: WatchedPromise<void> = new WatchedPromise((resolve, reject) => {
      const fail = (error: unknown, tell: (isWatched: boolean) => void): void => {
        reject(error);
        // Whoever is told of it is told before this turn is over.
        setImmediate(() => tell(sent.isWatched));
      };
      const { text, ephemeral, key } = options;
      try {
        const call: Call = {
          what: "send",
          room: this.name,
          data: payloadOf(data),
          options: { text, ephemeral, key },
        };
        const id = this.#rooms.ask(this.#session, call, this.#rooms.turnOf(this.#session), {
          resolve: () => resolve(),
          reject: (error) => fail(error, (isWatched) => this.#rooms.answered(this.#session, id, isWatched)),
        });
      } catch (error) {
        fail(error, (isWatched) => {
          if (!isWatched) this.#session.onSendFailed(error);
        });
      }
    });
    return sent.quiet();
  }

  async history(options: HistoryOptions): Promise<readonly RoomEntry[]> {
    const { before, after, limit } = options;
    const call: Call = { what: "history", room: this.name, options: { before, after, limit } };
    const entries = (await this.#rooms.call(this.#session, call)) as readonly CarriedEntry[];
    return entries.map((entry) => new ThreadRoomEntry(entry));
  }

  async search(words: string, options: SearchOptions): Promise<readonly RoomEntry[]> {
    const call: Call = { what: "search", room: this.name, words, options: { ...options } };
    const entries = (await this.#rooms.call(this.#session, call)) as readonly CarriedEntry[];
    return entries.map((entry) => new ThreadRoomEntry(entry));
  }

  members(): readonly RoomMember[] {
    return this.#rooms.askAndWait(this.#session, { what: "members", room: this.name }) as readonly RoomMember[];
  }

  leave(): Promise<void> {
    if (this.#session.run === undefined) return never();
    return this.#rooms.call(this.#session, { what: "leave", room: this.name }) as Promise<void>;
  }
}

/** An entry of a room's log that was told from the server's thread. */
class ThreadRoomEntry implements RoomEntry {
  readonly offset: number;
  readonly at: number;
  readonly #content: string | Uint8Array;

  constructor({ offset, at, content }: CarriedEntry) {
    this.offset = offset;
    this.at = at;
    this.#content = content;
  }

  get isText(): boolean {
    return typeof this.#content === "string";
  }

  text(): string {
    const content = this.#content;
    return typeof content === "string" ? content : decodeUtf8(content, 0, content.byteLength);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const content = this.#content;
    return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}
