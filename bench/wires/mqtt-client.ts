import { randomBytes } from "node:crypto";
import { LoadClient, TEXT, type Wire } from "../../src/load/load-client.ts";
import { repeated } from "../../src/load/repeated.ts";
import { openSocket } from "../../src/load/target.ts";

// MQTT 3.1.1, quality of service 0: a packet's type, the length of the rest, the rest (§2.2).

const PUBLISH = packet(0x30, Buffer.concat([text("room"), Buffer.from(TEXT)]));
const SUBSCRIBE = packet(0x82, Buffer.concat([Buffer.of(0, 1), text("room"), Buffer.of(0)]));
const DISCONNECT = packet(0xe0, Buffer.alloc(0));
const PUBLISH_TYPE = 3;
const SUBACK_TYPE = 9;

/** MQTT, as a subscriber of the room; who publishes hears it too. */
export const mqtt: Wire = {
  async open(target) {
    const client = new MqttClient(await openSocket(target));
    await client.subscribe();
    return client;
  },
};

class MqttClient extends LoadClient {
  #rest: Buffer = Buffer.alloc(0);
  #onSubscribed: () => void = () => {};

  subscribe(): Promise<void> {
    const noKeepAlive = Buffer.of(0, 0);
    const clean = Buffer.concat([text("MQTT"), Buffer.of(4, 2), noKeepAlive, text(randomBytes(8).toString("hex"))]);
    this.socket.write(Buffer.concat([packet(0x10, clean), SUBSCRIBE]));
    return new Promise((resolve, reject) => {
      this.#onSubscribed = resolve;
      this.onLost = reject;
    });
  }

  say(messages: number): void {
    this.socket.write(repeated(PUBLISH, messages));
  }

  protected read(chunk: Buffer): number {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let messages = 0;
    let at = 0;
    while (at + 1 < bytes.length) {
      const length = bytes[at + 1] ?? 0;
      if (length >= 0x80) throw new Error("a packet of MQTT is longer than any that was published");
      const end = at + 2 + length;
      if (end > bytes.length) break;
      const type = (bytes[at] ?? 0) >> 4;
      if (type === PUBLISH_TYPE) messages += 1;
      if (type === SUBACK_TYPE) this.#onSubscribed();
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return messages;
  }

  protected farewell(): Uint8Array {
    return DISCONNECT;
  }
}

/** `rest` is shorter than 128 bytes, whose number takes one byte. */
function packet(type: number, rest: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type, rest.length), rest]);
}

function text(words: string): Buffer {
  return Buffer.concat([Buffer.of(words.length >> 8, words.length), Buffer.from(words)]);
}
