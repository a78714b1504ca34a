import type { HistoryOptions, Room, RoomEntry, RoomSendOptions, SearchOptions } from "../runtime/room.ts";
import { jsonIn } from "./json.ts";
import type { MessageError } from "./message-error.ts";
import type { Reading, Vocabulary } from "./vocabulary.ts";

/** What a room has to do: `session.room`, `session.join` and `server.room` give such ones. */
export type AnyRoom = Pick<Room, "send" | "history" | "search">;

interface AnyEntry {
  readonly type: string;
  readonly data?: unknown;
  readonly error?: MessageError | undefined;
  readonly entry: RoomEntry;
}

/** A room through the messages that are defined. Users hold it as a `TypedRoom`, which has their types. */
export class RoomView<Viewed extends AnyRoom = AnyRoom> {
  readonly room: Viewed;
  readonly #outgoing: Vocabulary;

  constructor(room: Viewed, outgoing: Vocabulary) {
    this.room = room;
    this.#outgoing = outgoing;
  }

  send(type: string, data?: object, options?: RoomSendOptions): Promise<void> {
    return this.room.send(this.#outgoing.write(type, data), options);
  }

  async history(options: HistoryOptions): Promise<readonly AnyEntry[]> {
    return this.#readAll(await this.room.history(options));
  }

  async search(words: string, options: SearchOptions): Promise<readonly AnyEntry[]> {
    return this.#readAll(await this.room.search(words, options));
  }

  #readAll(entries: readonly RoomEntry[]): Promise<readonly AnyEntry[]> {
    return Promise.all(entries.map((entry) => this.read(entry)));
  }

  read(entry: RoomEntry): AnyEntry | Promise<AnyEntry> {
    const reading = this.#outgoing.read(jsonIn(entry));
    return reading instanceof Promise ? reading.then((settled) => entryOf(settled, entry)) : entryOf(reading, entry);
  }
}

function entryOf(reading: Reading, entry: RoomEntry): AnyEntry {
  return { ...reading, entry };
}
