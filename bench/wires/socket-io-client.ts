import { TEXT, type Wire } from "../../src/load/load-client.ts";
import { repeated } from "../../src/load/repeated.ts";
import { MASK, openUpgraded, WebSocketClient } from "../../src/load/websocket-client.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";

/** What packets begin with: Engine.IO's type, then for a message Socket.IO's. */
const PING = 0x32;
const MESSAGE = 0x34;
const CONNECTED = 0x30;

const say = (packet: string): Uint8Array => encodeWebSocketFrame(OPCODE.text, packet, MASK);
const CONNECT = say("40");
const DISCONNECT = say("41");
const PONG = say("3");
const EVENT = say(`42["message","${TEXT}"]`);

/** Socket.IO's own protocol, on WebSocket from the start. */
export const socketIo: Wire = {
  async open(target) {
    const socket = await openUpgraded({ ...target, path: "/socket.io/?EIO=4&transport=websocket" });
    const client = new SocketIoClient(socket);
    await client.openSession();
    return client;
  },
};

class SocketIoClient extends WebSocketClient {
  #onConnected: () => void = () => {};

  openSession(): Promise<void> {
    this.socket.write(CONNECT);
    return new Promise((resolve, reject) => {
      this.#onConnected = resolve;
      this.onLost = reject;
    });
  }

  override say(messages: number): void {
    this.socket.write(repeated(EVENT, messages));
  }

  protected override count(packet: Uint8Array): number {
    if (packet[0] === PING) this.socket.write(PONG);
    if (packet[0] !== MESSAGE) return 0;
    if (packet[1] !== CONNECTED) return 1;
    this.#onConnected();
    return 0;
  }

  protected override farewell(): Uint8Array {
    return DISCONNECT;
  }
}
