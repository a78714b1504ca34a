import { wholeFrames } from "../../protocol/frames/whole-frames.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import type { FrameConnection, FrameReceiver } from "../../runtime/ports.ts";
import { PageWriter } from "./page-writer.ts";
import { serverFrames } from "./server-frames.ts";

/** A message on this channel comes at the end of the turn; a timer would, too, but waits for a second in hidden tabs. */
const { port1, port2 } = new MessageChannel();
const flushing: WebSocketConnection[] = [];
port1.onmessage = () => {
  for (const connection of flushing.splice(0)) connection.leave();
};

/** Bowline frames on the browser's own WebSocket; what is written in one turn leaves as one message. */
export class WebSocketConnection implements FrameConnection {
  readonly form = "bowline-websocket";
  readonly lineEnding = "";
  readonly writer = new PageWriter();
  receiver: FrameReceiver;
  readonly #socket: WebSocket;
  #isFlushing = false;

  constructor(socket: WebSocket, receiver: FrameReceiver) {
    this.#socket = socket;
    this.receiver = receiver;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => this.#receive(new Uint8Array(data));
    socket.onclose = () => this.receiver.onLost(this, performance.now());
  }

  #receive(message: Uint8Array): void {
    const now = performance.now();
    try {
      for (const frame of serverFrames(message)) this.receiver.onFrame(frame, this, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#socket.onmessage = null;
      this.receiver.onProtocolError(error, this, now);
    }
  }

  get backlogBytes(): number {
    return this.#socket.bufferedAmount;
  }

  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    flushing.push(this);
    port2.postMessage(0);
  }

  /** Sends what was written. */
  leave(): void {
    this.#isFlushing = false;
    this.receiver.beforeFlush(this, performance.now());
    if (this.writer.length === 0) return;
    for (const frames of wholeFrames(this.writer.take())) this.#socket.send(frames);
  }

  share(bytes: Uint8Array): void {
    this.writer.bytes(bytes);
    this.flush();
  }

  end(): void {
    this.leave();
    this.#socket.close();
  }
}
