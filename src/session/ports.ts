import type { FrameWriter } from "../protocol/bytes.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { LineEnding } from "../protocol/lines.ts";
import type { CloseInfo } from "./close-info.ts";

/** How a connection spells what it carries. A room's batch is encoded once for each. */
export type WireForm = "bowline" | "bowline-websocket" | "websocket" | "lines";

/** The connection under a session, as the session writes to it. */
export interface Outlet {
  readonly form: WireForm;
  /** What is written here leaves, in order, in one write at the end of the turn. */
  readonly writer: FrameWriter;
  /** Form `lines`: how the client ended its last message, and so how each line to it ends. `""` in the other forms. */
  readonly lineEnding: LineEnding;
  /**
   * Bytes that were written or shared, and that the operating system has not taken yet. Whenever it has taken all of
   * them the session hears of it (`onDrained`), so whoever found too many here need not look again.
   */
  readonly backlogBytes: number;
  /** When anything last left. */
  readonly wroteAt: number;
  /** Whether `beforeFlush` is to be called before what leaves next. A session that has nothing to add may say so. */
  hasRider: boolean;
  /** Says that something was written, or that an acknowledgement is due: let it leave at the end of this turn. */
  flush(): void;
  /** Sends bytes that other connections send too, after what was written so far. Nobody may change them afterwards. */
  share(bytes: Uint8Array): void;
  /** Ends the connection after what was written has left. The close code is for forms that can say it (WebSocket). */
  end(code?: number): void;
}

/** What a session's state machine tells the session that the user holds. Every call is synchronous. */
export interface MachineHost {
  /** The next message of stream 0; its number is one above the last. */
  onMessage(frame: MessageFrame): void;
  /** A reply, on arrival: it waits for nothing that lies before it. */
  onReply(frame: MessageFrame): void;
  /** The peer acknowledged something: waiting sends and flushes may go on. */
  onAcknowledged(): void;
  /** The state changed. */
  onStatus(): void;
  /** The end has begun: readers, waiting sends and the handler's signal are told. */
  onEnding(): void;
  /** The obituary. Nothing comes after it. */
  onClosed(info: CloseInfo): void;
  /** `onTime` wants to be called at this time, if nothing earlier is arranged. */
  wake(atMs: number): void;
}

/** When the client may be told that it is in a room: at once, or when `RoomStream.onRecorded` has been called. */
export type Announcement = "now" | "when-recorded";

/** A room's stream in a session on the server: a cursor over the room's log. Implemented in `rooms/`. */
export interface RoomStream {
  readonly room: string;
  /** Where its client is, for the record. */
  readonly epoch: number;
  readonly acknowledged: number;
  /** The client has taken everything up to this offset. */
  onAcknowledged(offset: number): void;
  /** The connection has room again: a member that is behind catches up. */
  onWritable(): void;
  /** The connection under the session is gone: the member is behind, whatever it was. */
  onDetached(): void;
  /**
   * A connection carries the session again. The stream says JOINED and catches up from the client's cursor,
   * or, when the client did not list the room, from the one it had acknowledged.
   */
  onResumed(listed: OfferedCursor | undefined): void;
  /** Its handler says something to a plain client, who is to read it behind what came to the room before. */
  beforeMessage(): void;
  /** Whether the session is there, for others in the room, may have changed: its handler runs now, or its end has begun. */
  onPresence(): void;
  /** The room is on record: the client may be told. Comes once, and only to a stream that was told to wait for it. */
  onRecorded(): void;
}

/** A room's cursor as a client offers it in OPEN. */
export interface OfferedCursor {
  readonly name: string;
  readonly epoch: number;
  readonly cursor: number;
  readonly ticket: string;
}
