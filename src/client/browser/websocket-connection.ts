import { ByteWriter } from "../../protocol/bytes.ts";
import type { Frame } from "../../protocol/frames/frame.ts";
import { FrameCodec } from "../../protocol/frames/frame-codec.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import type { FrameConnection, FrameReceiver } from "../../runtime/ports.ts";

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
  readonly writer = new ByteWriter();
  receiver: FrameReceiver;
  readonly #socket: WebSocket;
  #isFlushing = false;

  constructor(socket: WebSocket, receiver: FrameReceiver, maxFrameBytes: number) {
    this.#socket = socket;
    this.receiver = receiver;
    const codec = new FrameCodec(maxFrameBytes);
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => this.#receive(codec, new Uint8Array(data));
    socket.onclose = () => this.receiver.onLost(this, performance.now());
  }

  #receive(codec: FrameCodec, bytes: Uint8Array): void {
    const now = performance.now();
    try {
      codec.push(bytes);
      for (let frame: Frame | undefined = codec.next(); frame !== undefined; frame = codec.next()) {
        this.receiver.onFrame(frame, this, now);
      }
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
    if (this.writer.length > 0) this.#socket.send(this.writer.take());
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
