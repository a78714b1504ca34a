import { randomBytes } from "node:crypto";
import { ByteWriter } from "../protocol/bytes.ts";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import { writeAck } from "../protocol/frames/ack.ts";
import { writeClose } from "../protocol/frames/close.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import { FrameCodec } from "../protocol/frames/frame-codec.ts";
import { FrameType } from "../protocol/frames/frame-type.ts";
import { MessageFlag, writeMessage } from "../protocol/frames/message.ts";
import { writeOpen } from "../protocol/frames/open.ts";
import { writePong } from "../protocol/frames/ping.ts";
import { encodeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { SUBPROTOCOL } from "../protocol/websocket/handshake.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../protocol/websocket/websocket-codec.ts";
import { LoadClient, TEXT, type Wire } from "./load-client.ts";
import { openSocket } from "./target.ts";
import { MASK, openUpgraded } from "./websocket-client.ts";

// What the client of the library has by default, so that a server is asked for no less than it is by that one.
const WINDOW_MESSAGES = 1_024;
const WINDOW_BYTES = 2 ** 20;
const ACK_DELAY_MS = 25;
const MAX_FRAME_BYTES = 2 ** 24;

/** Sessions over Bowline frames on TCP. */
export const frames: Wire = {
  async open(target) {
    const socket = await openSocket(target);
    socket.write("BOWLINE/1\n");
    const client = new FrameClient(socket);
    await client.openSession();
    return client;
  },
};

/** Sessions over Bowline frames on WebSocket. */
export const webSocketFrames: Wire = {
  async open(target) {
    const client = new WebSocketFrameClient(await openUpgraded(target, SUBPROTOCOL));
    await client.openSession();
    return client;
  },
};

class FrameClient extends LoadClient {
  readonly #writer = new ByteWriter();
  readonly #codec = new FrameCodec(MAX_FRAME_BYTES);
  /** Messages that are still to be said: the server's window was full. */
  #waiting = 0;
  #sent = 0;
  #acknowledgedByServer = 0;
  #window = 0;
  /** Of each stream, 0 and rooms, the highest number received and the highest that was acknowledged. */
  readonly #received = [0];
  readonly #acknowledged = [0];
  #isAcknowledging = false;
  #onOpened: () => void = () => {};

  /** Resolves when the server has the session. */
  openSession(): Promise<void> {
    writeOpen(this.#writer, {
      sessionId: "",
      token: "",
      instance: randomBytes(8),
      attempt: 1,
      received: 0,
      acked: 0,
      sent: 0,
      windowMessages: WINDOW_MESSAGES,
      windowBytes: WINDOW_BYTES,
      rooms: [],
      credential: new Uint8Array(0),
    });
    this.#flush();
    return new Promise((resolve, reject) => {
      this.#onOpened = resolve;
      this.onLost = reject;
    });
  }

  /** What was heard since is acknowledged in the same write. */
  say(messages: number): void {
    this.#waiting += messages;
    this.#sayWhatFits();
    this.#acknowledge();
  }

  #sayWhatFits(): void {
    for (; this.#waiting > 0 && this.#sent - this.#acknowledgedByServer < this.#window; this.#waiting -= 1) {
      this.#sent += 1;
      writeMessage(this.#writer, MessageFlag.text, this.#sent, 0, TEXT);
    }
  }

  protected read(chunk: Buffer): number {
    let messages = 0;
    this.#codec.push(chunk);
    for (let frame = this.#codec.next(); frame !== undefined; frame = this.#codec.next()) messages += this.#take(frame);
    return messages;
  }

  /** What goes onto the connection for these frames. */
  protected toWire(frames: Uint8Array): Uint8Array {
    return frames;
  }

  protected farewell(): Uint8Array {
    const code = CLOSE_CODES.normal.code;
    const received = this.#received[0] ?? 0;
    writeClose(this.#writer, { code, reason: "", retryAfterMs: 0, sent: this.#sent, received, by: "client" });
    return this.toWire(this.#writer.take());
  }

  #take(frame: Frame): number {
    switch (frame.type) {
      case FrameType.message:
        this.#receive(0, frame.sequence);
        return 1;
      case FrameType.entry:
        this.#receive(frame.alias, frame.offset);
        return 1;
      case FrameType.joined:
        this.#received[frame.alias] = this.#acknowledged[frame.alias] = frame.cursor;
        return 0;
      case FrameType.ack:
        this.#acknowledgedByServer = frame.number;
        this.#sayWhatFits();
        this.#flush();
        return 0;
      case FrameType.opened:
        this.#window = Math.min(frame.windowMessages, Math.floor(frame.windowBytes / TEXT.length));
        writeAck(this.#writer, 0, 0);
        this.#flush();
        this.#onOpened();
        return 0;
      case FrameType.ping:
        writePong(this.#writer, frame.data);
        this.#flush();
        return 0;
      case FrameType.close:
        throw new Error(`the server closed a session: ${frame.reason}`);
      default:
        return 0;
    }
  }

  /** As the library's client does: acknowledged at half a window, else with what is said next, else soon. */
  #receive(stream: number, number: number): void {
    this.#received[stream] = number;
    if (number - (this.#acknowledged[stream] ?? 0) >= WINDOW_MESSAGES / 2) {
      this.#acknowledge();
    } else if (!this.#isAcknowledging) {
      this.#isAcknowledging = true;
      acknowledgeSoon(this.#acknowledgeNow);
    }
  }

  readonly #acknowledgeNow = (): void => {
    this.#isAcknowledging = false;
    if (!this.socket.destroyed) this.#acknowledge();
  };

  #acknowledge(): void {
    for (let stream = 0; stream < this.#received.length; stream += 1) {
      const received = this.#received[stream];
      if (received === undefined || received === this.#acknowledged[stream]) continue;
      this.#acknowledged[stream] = received;
      writeAck(this.#writer, stream, received);
    }
    this.#flush();
  }

  #flush(): void {
    if (this.#writer.length > 0) this.socket.write(this.toWire(this.#writer.take()));
  }
}

class WebSocketFrameClient extends FrameClient {
  readonly #messages = new WebSocketCodec({ role: "client", maxMessageBytes: MAX_FRAME_BYTES });

  protected override read(chunk: Buffer): number {
    let count = 0;
    this.#messages.push(chunk);
    for (let unit = this.#messages.next(); unit !== undefined; unit = this.#messages.next()) {
      if (unit.kind === "binary")
        count += super.read(Buffer.from(unit.data.buffer, unit.data.byteOffset, unit.data.length));
    }
    return count;
  }

  protected override toWire(frames: Uint8Array): Uint8Array {
    return encodeWebSocketFrame(OPCODE.binary, frames, MASK);
  }
}

/** One timer for all clients; each list waits for the delay, and no longer than twice that. */
let waiting: (() => void)[] = [];

function acknowledgeSoon(acknowledge: () => void): void {
  if (waiting.length === 0) setTimeout(acknowledgeAll, ACK_DELAY_MS);
  waiting.push(acknowledge);
}

function acknowledgeAll(): void {
  const due = waiting;
  waiting = [];
  for (const acknowledge of due) acknowledge();
}
