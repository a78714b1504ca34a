import { wholeFrames } from "../../protocol/frames/whole-frames.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import type { ClientConnection, ClientReceiver } from "../../session/client-ports.ts";
import { PageWriter } from "./page-writer.ts";
import { serverFrames } from "./server-frames.ts";

/** A message on this channel comes at the end of the turn; a timer would, too, but waits for a second in hidden tabs. */
const { port1, port2 } = new MessageChannel();
const flushing = new Set<WebSocketConnection>();
port1.onmessage = () => {
  for (const connection of flushing) connection.leave();
};

/** Bowline frames on the browser's own WebSocket; what is written in one turn leaves as one message. */
export class WebSocketConnection implements ClientConnection {
  readonly writer = new PageWriter();
  readonly #socket: WebSocket;
  readonly #receiver: ClientReceiver;

  constructor(socket: WebSocket, receiver: ClientReceiver) {
    this.#socket = socket;
    this.#receiver = receiver;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      try {
        for (const frame of serverFrames(new Uint8Array(data))) receiver.onFrame(frame, this);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        socket.onmessage = null;
        receiver.onProtocolError(error, this);
      }
    };
    socket.onclose = () => receiver.onLost(this);
  }

  flush(): void {
    if (!flushing.size) port2.postMessage(0);
    flushing.add(this);
  }

  /** Sends what was written. */
  leave(): void {
    flushing.delete(this);
    this.#receiver.beforeFlush(this, performance.now());
    if (!this.writer.length) return;
    for (const frames of wholeFrames(this.writer.take())) this.#socket.send(frames);
  }

  end(): void {
    this.leave();
    this.#socket.close();
  }
}
