import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "../../src/protocol/bytes.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { MessageFlag, type MessageFrame, writeMessage } from "../../src/protocol/frames/message.ts";
import { encodeLine } from "../../src/protocol/terminal-text.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import type { FrameConnection, FrameReceiver, PlainConnection, PlainReceiver } from "../../src/runtime/ports.ts";
import type { Outlet } from "../../src/session/ports.ts";

export type AnyConnection = FrameConnection | (PlainConnection & { receiver: PlainReceiver });

/** Two connections that are each other's peers, and the way between them. */
export interface ConnectedPair extends AsyncDisposable {
  readonly client: AnyConnection;
  readonly server: AnyConnection;
  /** Both have their receivers. */
  start(): void;
  /** Lets things happen until the condition holds; fails when it never does. */
  until(isDone: () => boolean, what: string): Promise<void>;
  /** The client's process reads no more, or reads again. */
  freezeClient(): void;
  thawClient(): void;
  /** The connection breaks; both ends notice. */
  cut(): void;
}

/** How a transport is made. `isCutUp`: bytes arrive in pieces of any size. */
export type Connect = (options: { readonly isCutUp?: boolean }) => Promise<ConnectedPair>;

const LONG = 200_000;

/** One end, and everything its receiver was told. */
class End implements FrameReceiver, PlainReceiver {
  readonly connection: AnyConnection;
  readonly messages: string[] = [];
  readonly errors: string[] = [];
  drained = 0;
  lost = 0;
  /** Says stop after so many messages more. */
  appetite = Number.POSITIVE_INFINITY;
  #sequence = 0;

  constructor(connection: AnyConnection) {
    this.connection = connection;
    connection.receiver = this;
  }

  send(text: string): void {
    const { connection } = this;
    if ("sendMessage" in connection) {
      connection.sendMessage(text);
    } else {
      this.#sequence += 1;
      writeMessage(connection.writer, MessageFlag.text, this.#sequence, 0, text);
      connection.flush();
    }
  }

  /** Sends what many connections would send. */
  share(text: string): void {
    this.#sequence += 1;
    this.connection.share(encode(this.connection, text, this.#sequence));
  }

  onFrame(frame: { readonly type: number }): void {
    if (frame.type === FrameType.message) this.messages.push((frame as MessageFrame).text());
  }

  onMessage(payload: { text(): string }): boolean {
    this.messages.push(payload.text());
    this.appetite -= 1;
    return this.appetite > 0;
  }

  onProtocolError(error: Error): void {
    this.errors.push(error.message);
  }

  beforeFlush(): void {}

  onDrained(): void {
    this.drained += 1;
  }

  onReadEnd(): void {
    this.connection.end();
  }

  onLost(): void {
    this.lost += 1;
  }
}

function encode(outlet: Outlet, text: string, sequence: number): Uint8Array {
  if (outlet.form === "lines") return encodeLine(text, "\n");
  if (outlet.form === "websocket") return encodeWebSocketFrame(OPCODE.text, text);
  const writer = new ByteWriter();
  writeMessage(writer, MessageFlag.text, sequence, 0, text);
  const frame = writer.take();
  return outlet.form === "bowline" ? frame : encodeWebSocketFrame(OPCODE.binary, frame);
}

async function withEnds(
  connect: Connect,
  run: (client: End, server: End, pair: ConnectedPair) => Promise<void>,
  options: { readonly isCutUp?: boolean } = {},
): Promise<void> {
  const pair = await connect(options);
  try {
    const client = new End(pair.client);
    const server = new End(pair.server);
    pair.start();
    await run(client, server, pair);
  } finally {
    await pair[Symbol.asyncDispose]();
  }
}

/** Every transport must do the same, whatever its bytes look like. */
export function testTransport(connect: Connect): void {
  const texts = Array.from({ length: 200 }, (_, index) => `${index} ${"x".repeat((index * index) % 3_000)}`);

  test("messages arrive whole and in order, both ways at once", async () => {
    await withEnds(connect, async (client, server, pair) => {
      for (const text of texts) {
        client.send(text);
        server.send(text);
      }
      const all = (): boolean => client.messages.length === texts.length && server.messages.length === texts.length;
      await pair.until(all, "all messages");
      assert.deepEqual(client.messages, texts);
      assert.deepEqual(server.messages, texts);
    });
  });

  test("however the bytes are cut", async () => {
    await withEnds(
      connect,
      async (client, server, pair) => {
        for (const text of texts.slice(0, 40)) {
          client.send(text);
          server.send(text);
        }
        await pair.until(() => client.messages.length === 40 && server.messages.length === 40, "all messages");
        assert.deepEqual(client.messages, texts.slice(0, 40));
        assert.deepEqual(server.messages, texts.slice(0, 40));
      },
      { isCutUp: true },
    );
  });

  test("shared bytes keep their place among what is written", async () => {
    await withEnds(connect, async (client, server, pair) => {
      server.share("1");
      server.send("2");
      server.send("3");
      server.share("4");
      server.share("5");
      server.send("6");
      await pair.until(() => client.messages.length === 6, "all messages");
      assert.deepEqual(client.messages, ["1", "2", "3", "4", "5", "6"]);
    });
  });

  test("a backlog is seen while the peer does not read, and told of when it has left", async () => {
    await withEnds(connect, async (client, server, pair) => {
      server.send("here");
      assert.ok(server.connection.backlogBytes > 0);
      await pair.until(() => server.drained > 0, "the end of a small backlog");
      assert.equal(server.connection.backlogBytes, 0);
      await pair.until(() => client.messages.length === 1, "the first message");
      pair.freezeClient();
      const big = "x".repeat(LONG / 4);
      // Until the buffers in between are full, however large the system makes them.
      let sent = 0;
      while (server.connection.backlogBytes < LONG) {
        server.send(big);
        sent += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      server.drained = 0;
      pair.thawClient();
      await pair.until(() => client.messages.length === sent + 1, "everything");
      await pair.until(() => server.drained > 0, "the end of the backlog");
      assert.equal(server.connection.backlogBytes, 0);
    });
  });

  test("what was written leaves before the end, and both sides hear once that it is over", async () => {
    await withEnds(connect, async (client, server, pair) => {
      server.send("last words");
      server.connection.end();
      await pair.until(() => client.lost > 0 && server.lost > 0, "the end");
      assert.deepEqual(client.messages, ["last words"]);
      server.send("to nobody");
      client.send("to nobody");
      client.connection.end();
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([client.lost, server.lost], [1, 1]);
      assert.deepEqual([client.errors, server.errors], [[], []]);
    });
  });

  test("both ends end at once", async () => {
    await withEnds(connect, async (client, server, pair) => {
      client.connection.end();
      server.connection.end();
      await pair.until(() => client.lost > 0 && server.lost > 0, "the end");
      assert.deepEqual([client.lost, server.lost], [1, 1]);
    });
  });

  test("a connection that breaks in the middle of a message is lost, and no rule is broken", async () => {
    await withEnds(connect, async (client, server, pair) => {
      client.send("whole");
      await pair.until(() => server.messages.length === 1, "the first message");
      pair.freezeClient();
      server.send("x".repeat(900_000));
      client.send("y".repeat(60_000));
      pair.cut();
      await pair.until(() => client.lost > 0 && server.lost > 0, "the loss");
      server.send("to nobody");
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([client.lost, server.lost], [1, 1]);
      assert.deepEqual([client.errors, server.errors], [[], []]);
    });
  });
}

/** What transports of plain messages do besides. */
export function testPlainTransport(connect: Connect): void {
  testTransport(connect);

  test("a receiver that says stop gets nothing more until it says go, and then all of it", async () => {
    await withEnds(connect, async (client, server, pair) => {
      server.appetite = 3;
      const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`);
      for (const text of texts) client.send(text);
      await pair.until(() => server.messages.length >= 3, "the first messages");
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(server.messages.length, 3);
      server.appetite = Number.POSITIVE_INFINITY;
      (server.connection as PlainConnection).resume();
      await pair.until(() => server.messages.length === 100, "the rest");
      assert.deepEqual(server.messages, texts);
    });
  });
}
