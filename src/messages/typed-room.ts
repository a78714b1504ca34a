import type { HistoryOptions, RoomEntry, RoomSendOptions, SearchOptions } from "../runtime/room.ts";
import type { Arguments, Messages, PlainTypeOf, ReceivedData, SentData } from "./definition.ts";
import type { MessageError } from "./message-error.ts";

/** A room whose entries have types: they are messages to clients. */
export interface TypedRoom<Out extends Messages, Viewed> {
  /** The room itself, for everything else that it can do. */
  readonly room: Viewed;

  /** Sends an entry, as `Room.send` does. Nobody can answer it, so that no request can be one. */
  send<Type extends PlainTypeOf<Out>>(
    type: Type,
    ...data: Arguments<SentData<Out[Type]>, [options?: RoomSendOptions]>
  ): Promise<void>;

  /**
   * A page of the log, oldest first. What was written by an older program, or by another, may not be as it is defined:
   * such entries are there, as `malformed`.
   */
  history(options: HistoryOptions): Promise<readonly TypedEntry<Out>[]>;

  /** The newest entries in whose text all these words are, as `Room.search` finds them, oldest first. */
  search(words: string, options: SearchOptions): Promise<readonly TypedEntry<Out>[]>;
}

/** An entry of a room's log. */
export type TypedEntry<Out extends Messages> =
  | {
      [Type in PlainTypeOf<Out>]: {
        readonly type: Type;
        readonly data: ReceivedData<Out[Type]>;
        readonly entry: RoomEntry;
        readonly error?: undefined;
      };
    }[PlainTypeOf<Out>]
  | {
      readonly type: "malformed";
      readonly error: MessageError;
      readonly entry: RoomEntry;
      readonly data?: undefined;
    };
