import { ProtocolError } from "../../protocol/protocol-error.ts";
import type { ClientConnection, ClientReceiver } from "../../session/client-ports.ts";
import { PageReader } from "./page-reader.ts";
import { PageWriter } from "./page-writer.ts";
import { readServerFrame } from "./server-frames.ts";

/** A message on this channel comes at the end of the turn; a timer would, too, but waits for a second in hidden tabs. */
const { port1, port2 } = new MessageChannel();
const flushing = new Set<WebSocketConnection>();
port1.onmessage = () => {
  for (const connection of flushing) connection.leave();
};

/** Bowline frames on the browser's own WebSocket; what is written in one turn leaves as one message. */
export class WebSocketConnection extends PageWriter implements ClientConnection {
  readonly writer = this;
  readonly #receiver: ClientReceiver;

  constructor(socket: WebSocket, receiver: ClientReceiver) {
    super(socket);
    this.#receiver = receiver;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const message = new PageReader(new Uint8Array(data));
      try {
        while (message.remaining) {
          const frame = readServerFrame(message);
          if (frame) receiver.onFrame(frame, this);
        }
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
    this.#receiver.beforeFlush(this);
    this.send();
  }

  end(): void {
    this.leave();
    this.socket.close();
  }
}
