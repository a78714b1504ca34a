import type { Socket } from "node:net";
import type { TransportEnvironment } from "./environment.ts";
import { SocketOutput } from "./socket-output.ts";
import { own, type SocketOwner } from "./socket-owner.ts";

/** A connection that has nothing more to hear: these bytes leave, then it ends. */
class LastWords extends SocketOutput implements SocketOwner {
  get form(): "lines" {
    return "lines";
  }

  say(bytes: Uint8Array): void {
    own(this.socket, this);
    if (this.socket.isPaused()) this.socket.resume();
    this.share(bytes);
    this.end();
  }

  protected beforeFlush(): void {}

  protected onDrained(): void {}

  onData(): void {
    // It is read so that its end is seen.
  }

  onEnd(): void {}

  onError(): void {}
}

/** Sends these bytes and ends the connection; what its peer still says is thrown away. */
export function endWith(socket: Socket, env: TransportEnvironment, bytes: Uint8Array): void {
  new LastWords(socket, env).say(bytes);
}
