import { ByteWriter } from "../protocol/bytes.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { Clock } from "../runtime/deadlines.ts";
import type { FrameConnection, FrameReceiver } from "../runtime/ports.ts";
import type { Journal } from "./journal.ts";

/**
 * A connection on which nothing leaves before the store has it.
 *
 * Else a page that is reloaded in between could come back with a message of another content under a number that the
 * server has seen, or ask again for what it has acknowledged.
 */
export class StoredConnection implements FrameConnection, FrameReceiver {
  readonly lineEnding = "";
  receiver: FrameReceiver;
  readonly writer = new ByteWriter();
  readonly #connection: FrameConnection;
  readonly #journal: Journal;
  readonly #clock: Clock;
  #isLeaving = false;
  #isEnded = false;

  constructor(connection: FrameConnection, receiver: FrameReceiver, journal: Journal, clock: Clock) {
    this.#connection = connection;
    this.#journal = journal;
    this.#clock = clock;
    this.receiver = receiver;
    connection.receiver = this;
  }

  get form(): FrameConnection["form"] {
    return this.#connection.form;
  }

  get backlogBytes(): number {
    return this.#connection.backlogBytes;
  }

  flush(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    void this.#leave();
  }

  async #leave(): Promise<void> {
    // The rest of the turn's microtasks may have more to write.
    await this.#journal.settled();
    this.receiver.beforeFlush(this, this.#clock.now());
    while (this.writer.length > 0) {
      const bytes = this.writer.take();
      await this.#journal.settled();
      this.share(bytes);
    }
    this.#isLeaving = false;
    if (this.#isEnded) this.#connection.end();
  }

  share(bytes: Uint8Array): void {
    this.#connection.writer.bytes(bytes);
    this.#connection.flush();
  }

  end(): void {
    this.#isEnded = true;
    this.flush();
  }

  onFrame(frame: Frame, _connection: unknown, now: number): void {
    this.receiver.onFrame(frame, this, now);
  }

  onProtocolError(error: ProtocolError, _connection: unknown, now: number): void {
    this.receiver.onProtocolError(error, this, now);
  }

  // What was written here has its acknowledgements with it already.
  beforeFlush(): void {}

  onDrained(): void {}

  onLost(_connection: unknown, now: number): void {
    this.receiver.onLost(this, now);
  }
}
