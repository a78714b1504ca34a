// What an attacker makes the server hold, with every limit at its default, stays within what docs/limits.md says; and a
// client beside it notices nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect } from "bowline/client";
import { ByteWriter, type FrameWriter } from "../../src/protocol/bytes.ts";
import { writeAck } from "../../src/protocol/frames/ack.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import { MessageFlag, writeMessage } from "../../src/protocol/frames/message.ts";
import type { OpenFrame } from "../../src/protocol/frames/open.ts";
import { writePong } from "../../src/protocol/frames/ping.ts";
import { Child } from "../programs/child.ts";
import { openFrame, PREFACE } from "../raw-frames.ts";
import type { AttackedServer } from "./processes/attacked-server.ts";

const MiB = 1_024 * 1_024;
const timeout = 30_000;
/** How long an attack goes on. */
const ATTACK_MS = 1_000;
/** What a session may hold at worst (docs/limits.md). */
const SESSION_BYTES = 6 * MiB;
/** Longer than a round trip takes on a busy machine, shorter than somebody would wait. */
const PATIENCE_MS = 2_000;

let server: Child<AttackedServer>;
let port: number;

before(async () => {
  server = await Child.start(join(import.meta.dirname, "processes", "attacked-server.js"));
  port = await server.call("port");
  await server.call("fill");
});

after(() => server.kill());

/** A client that does as it likes, frame by frame. */
class Attacker implements Disposable {
  readonly socket: Socket;
  isClosed = false;
  /** The number of its last message. */
  sent = 0;
  readonly #codec = new FrameCodec(16 * MiB);
  /** The highest number that the server acknowledged. */
  acknowledged = 0;
  answersPings = false;
  /** What the server's CLOSE said; 0 without one. */
  closeCode = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  static async connect(): Promise<Attacker> {
    const socket = connectSocket({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Attacker(socket);
  }

  /** Opens a session, and tells the server what to do in it. */
  static async open(doing: string, fields: Partial<OpenFrame> = {}): Promise<Attacker> {
    const attacker = await Attacker.connect();
    attacker.socket.write(Buffer.concat([PREFACE, openFrame(fields)]));
    await once(attacker.socket, "data");
    attacker.socket.on("data", (bytes) => attacker.#onData(bytes));
    attacker.say((writer) => writeAck(writer, 0, 0));
    attacker.send(doing);
    return attacker;
  }

  #onData(bytes: Uint8Array): void {
    this.#codec.push(Uint8Array.from(bytes));
    for (let frame = this.#codec.next(); frame !== undefined; frame = this.#codec.next()) {
      if (frame.type === FrameType.ack) this.acknowledged = frame.number;
      else if (frame.type === FrameType.close) this.closeCode = frame.code;
      else if (frame.type === FrameType.ping && this.answersPings) {
        const { data } = frame;
        this.say((writer) => writePong(writer, data));
      }
    }
  }

  say(write: (writer: FrameWriter) => void): void {
    const writer = new ByteWriter();
    write(writer);
    this.socket.write(Uint8Array.from(writer.take()));
  }

  send(text: string, flags = 0): void {
    this.say((writer) => this.#message(writer, text, flags));
  }

  #message(writer: FrameWriter, text: string, flags: number): void {
    this.sent += 1;
    writeMessage(writer, MessageFlag.text | flags, this.sent, 0, text);
  }

  /** Sends so many requests, or as many as the window has room for. */
  ask(most: number): void {
    const count = Math.min(most, this.acknowledged + 1_024 - this.sent);
    if (count <= 0) return;
    this.say((writer) => {
      for (let left = count; left > 0; left -= 1) this.#message(writer, "?", MessageFlag.wantsReply);
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Does something over and over, as fast as the server takes it, for as long as an attack goes on. */
async function keepOn(socket: Socket, act: () => void): Promise<void> {
  const until = performance.now() + ATTACK_MS;
  while (performance.now() < until && !socket.destroyed) {
    if (socket.writableLength < MiB) act();
    await nextTurn();
  }
}

/** Attacks while a client beside it has its echoes; says how many bytes the server holds more at the end. */
async function held(t: TestContext, attack: () => Promise<void>): Promise<number> {
  await using bystander = await connect(`bowline://127.0.0.1:${port}`, { credential: "bystander" });
  await bystander.send("echo");
  const before = await server.call("heldBytes");
  let isOver = false;
  let slowestMs = 0;
  const watch = (async () => {
    for (let count = 0; !isOver; count += 1) {
      const sentAt = performance.now();
      await bystander.send(`${count}`);
      assert.equal((await bystander.receive())?.text(), `${count}`);
      slowestMs = Math.max(slowestMs, performance.now() - sentAt);
    }
  })();
  await attack();
  const bytes = (await server.call("heldBytes")) - before;
  isOver = true;
  await watch;
  t.diagnostic(
    `the server holds ${(bytes / MiB).toFixed(2)} MiB more; the slowest echo took ${slowestMs.toFixed(0)} ms`,
  );
  assert.ok(slowestMs < PATIENCE_MS, `an echo took ${slowestMs} ms`);
  return bytes;
}

describe("replies that are never acknowledged", { timeout }, () => {
  for (const doing of ["answer 10000", "answer 0", "gather 100"]) {
    for (const answersPings of [false, true]) {
      const known = answersPings ? "have arrived" : "may have arrived";
      test(`and ${known}, of a handler that does "${doing}"`, async (t) => {
        using attacker = await Attacker.open(doing);
        attacker.answersPings = answersPings;
        const bytes = await held(t, () => keepOn(attacker.socket, () => attacker.ask(100)));
        t.diagnostic(`${attacker.sent} requests`);
        assert.ok(bytes < SESSION_BYTES, `${bytes} bytes are held`);
        assert.equal(attacker.closeCode, 0);
      });
    }
  }
});

describe("a client that asks much at once, and reads", { timeout }, () => {
  for (const doing of ["answer 100000", "gather 100000"]) {
    test(`has 1,024 replies of 100 kB from a handler that does "${doing}"`, async () => {
      await using client = await connect(`bowline://127.0.0.1:${port}`, { credential: "asker" });
      await client.send(doing);
      // Nobody reads this; replies come all the same.
      const replies = await Promise.all(Array.from({ length: 1_024 }, () => client.request("?")));
      assert.ok(replies.every(({ byteLength }) => byteLength === 100_000));
      assert.equal(client.status, "open");
    });
  }
});
