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
import { writeAuth } from "../../src/protocol/frames/auth.ts";
import { type CloseFrame, writeClose } from "../../src/protocol/frames/close.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import { MessageFlag, writeMessage } from "../../src/protocol/frames/message.ts";
import type { OpenFrame } from "../../src/protocol/frames/open.ts";
import type { OpenedFrame } from "../../src/protocol/frames/opened.ts";
import { writePing, writePong } from "../../src/protocol/frames/ping.ts";
import { Child } from "../programs/child.ts";
import { openFrame, PREFACE, upgradeRequest } from "../raw-frames.ts";
import { clientFrame } from "../websocket-frames.ts";
import type { AttackedServer } from "./processes/attacked-server.ts";

const MiB = 1_024 * 1_024;
const timeout = 30_000;
/** How long an attack goes on. */
const ATTACK_MS = 400;
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
  opened: OpenedFrame | undefined;
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
    await attacker.propose(fields);
    assert.notEqual(attacker.opened, undefined, `closed with ${attacker.closeCode}`);
    attacker.say((writer) => writeAck(writer, 0, 0));
    if (doing !== "") attacker.send(doing);
    return attacker;
  }

  /** Says OPEN, and waits for the answer. */
  async propose(fields: Partial<OpenFrame> = {}): Promise<void> {
    this.socket.on("data", (bytes) => this.#onData(bytes));
    this.socket.write(Buffer.concat([PREFACE, openFrame(fields)]));
    while (this.opened === undefined && this.closeCode === 0 && !this.isClosed) await nextTurn();
  }

  #onData(bytes: Uint8Array): void {
    this.#codec.push(Uint8Array.from(bytes));
    for (let frame = this.#codec.next(); frame !== undefined; frame = this.#codec.next()) {
      if (frame.type === FrameType.opened) this.opened = frame;
      else if (frame.type === FrameType.ack) this.acknowledged = frame.number;
      else if (frame.type === FrameType.close) this.#onClose(frame);
      else if (frame.type === FrameType.ping && this.answersPings) {
        const { data } = frame;
        this.say((writer) => writePong(writer, data));
      }
    }
  }

  #onClose(close: CloseFrame): void {
    this.closeCode = close.code;
    this.say((writer) => writeClose(writer, { ...close, sent: this.sent, received: close.sent }));
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
  let bytes = 0;
  try {
    await attack();
    bytes = (await server.call("heldBytes")) - before;
  } finally {
    isOver = true;
    await watch;
  }
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

/** What sessions that do not read hold: the worst, once. */
const cases: readonly {
  name: string;
  doing: string;
  reads: boolean;
  act?: (attacker: Attacker) => void;
  code?: number;
}[] = [
  { name: "joins 256 rooms with histories, and does not read", doing: "join", reads: false },
  { name: "joins 256 rooms with histories, and acknowledges nothing", doing: "join", reads: true },
  { name: "asks for histories over and over, and does not read", doing: "history", reads: false, act: sendInWindow },
  {
    name: "asks for histories over and over, and acknowledges nothing",
    doing: "history",
    reads: true,
    act: sendInWindow,
  },
  { name: "is sent much, and does not read", doing: "push 1000", reads: false },
  { name: "is sent much, and acknowledges nothing", doing: "push 1000", reads: true },
  { name: "pings, and does not read", doing: "echo", reads: false, act: (attacker) => pings(attacker, 8) },
  { name: "pings, and reads", doing: "echo", reads: true, act: (attacker) => pings(attacker, 8) },
  {
    name: "sends tiny frames that mean nothing",
    doing: "echo",
    reads: true,
    act: (attacker) => attacker.socket.write(TINY),
  },
  { name: "sends tiny messages that nobody takes", doing: "hold", reads: true, act: sendInWindow },
  { name: "sends large messages that nobody takes", doing: "hold", reads: true, act: (attacker) => large(attacker) },
  {
    name: "offers credentials, and does not wait for answers",
    doing: "echo",
    reads: true,
    act: (attacker) => offer(attacker, 1_000),
    code: 1002,
  },
  {
    name: "offers large credentials",
    doing: "echo",
    reads: true,
    act: (attacker) => offer(attacker, 60_000),
    code: 1002,
  },
  { name: "offers credentials, and does not read", doing: "echo", reads: false, act: (attacker) => offer(attacker, 1) },
];
const TINY = Buffer.alloc(65_536, Uint8Array.of(1, 200));

function sendInWindow(attacker: Attacker): void {
  if (attacker.sent < 1_000 || attacker.sent - attacker.acknowledged < 1_000) attacker.send("x");
}
function large(attacker: Attacker): void {
  if (attacker.sent < 2) attacker.send("x".repeat(1_048_000));
}
function pings(attacker: Attacker, bytes: number): void {
  attacker.say((writer) => {
    for (let count = 0; count < 1_000; count += 1) writePing(writer, new Uint8Array(bytes));
  });
}
function offer(attacker: Attacker, bytes: number): void {
  attacker.say((writer) => writeAuth(writer, new Uint8Array(bytes)));
}

describe("a session that", { timeout }, () => {
  for (const { name, doing, reads, act, code = 0 } of cases) {
    test(name, async (t) => {
      using attacker = await Attacker.open(doing);
      if (!reads) attacker.socket.pause();
      const bytes = await held(t, () => keepOn(attacker.socket, () => act?.(attacker)));
      assert.equal(attacker.closeCode, code);
      assert.ok(bytes < SESSION_BYTES, `${bytes} bytes are held`);
    });
  }
});

/** Opens so many connections and says something on each. The server has read it all, and answered if it has to. */
async function crowd(count: number, bytes: string | Uint8Array, isAnswered: boolean): Promise<AsyncDisposable> {
  const sockets: Socket[] = [];
  const answers: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = connectSocket({ port, host: "127.0.0.1" }).on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    socket.write(bytes);
    if (isAnswered) answers.push(once(socket, "data"));
  }
  await Promise.all(answers);
  while ((await server.call("connectionsThatSaid", Buffer.byteLength(bytes))) < count) await nextTurn();
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(sockets.map((socket) => socket.closed || once(socket, "close")));
    },
  };
}

describe("a connection that is not Bowline's", { timeout }, () => {
  const WEBSOCKET = upgradeRequest();
  const fragment = (first: boolean): Uint8Array => clientFrame({ opcode: first ? 1 : 0, final: false, payload: "x" });
  const FRAGMENTS = Buffer.concat(Array.from({ length: 1_000 }, () => fragment(false)));
  const EMPTY = Buffer.concat(
    Array.from({ length: 1_000 }, () => clientFrame({ opcode: 0, final: false, payload: "" })),
  );
  const PINGS = Buffer.concat(
    Array.from({ length: 1_000 }, () => clientFrame({ opcode: 9, payload: "x".repeat(125) })),
  );
  const start = Buffer.concat([Buffer.from(WEBSOCKET), fragment(true)]);
  const attacks: readonly (readonly [name: string, first: string | Uint8Array, then: Uint8Array, reads: boolean])[] = [
    ["says nothing but newlines to a handler that echoes", "echo\n", Buffer.alloc(65_536, "\n"), true],
    ["says nothing but newlines, and does not read", "echo\n", Buffer.alloc(65_536, "\n"), false],
    ["says nothing but newlines to a handler that does not read", "hold\n", Buffer.alloc(65_536, "\n"), true],
    ["sends a WebSocket message in fragments of one byte", start, FRAGMENTS, true],
    ["sends a WebSocket message in fragments of none", start, EMPTY, true],
    ["pings by WebSocket, and reads", WEBSOCKET, PINGS, true],
    ["pings by WebSocket, and does not read", WEBSOCKET, PINGS, false],
    ["sends a line without an end", "echo\n", Buffer.alloc(1_000, "x"), true],
    ["sends a header without an end", "GET / HTTP/1.1\r\nx: ", Buffer.alloc(1_000, "x"), true],
    ["sends headers without an end", "GET / HTTP/1.1\r\n", Buffer.from("x: y\r\n".repeat(100)), true],
  ];
  for (const [name, first, then, reads] of attacks) {
    test(name, async (t) => {
      using attacker = await Attacker.connect();
      const { socket } = attacker;
      if (reads) socket.resume();
      else socket.pause();
      socket.write(first);
      const bytes = await held(t, () => keepOn(socket, () => socket.write(then)));
      assert.ok(bytes < SESSION_BYTES, `${bytes} bytes are held`);
    });
  }
});

describe("a thousand connections", { timeout }, () => {
  const WEBSOCKET = upgradeRequest({ "Sec-WebSocket-Protocol": "bowline.1" });
  const open = openFrame({ credential: new Uint8Array(65_000).fill(120) });
  const begun: readonly (readonly [name: string, bytes: string | Uint8Array, kibibytes: number, isAnswered?: true])[] =
    [
      ["that begin HTTP", "GET / HTTP/1.1\r\nx:", 32],
      ["that begin the preface", "BOWL", 16],
      ["that begin an OPEN", Buffer.concat([PREFACE, open.subarray(0, 1_000)]), 32],
      ["that begin a large OPEN, and lack its end", Buffer.concat([PREFACE, open.subarray(0, -1)]), 144],
      ["that begin a WebSocket frame", Buffer.concat([Buffer.from(WEBSOCKET), Buffer.of(0x82, 0xfe)]), 32],
      ["that send OPEN with a large credential, and do not adopt", Buffer.concat([PREFACE, open]), 32, true],
    ];
  for (const [name, begin, kibibytes, isAnswered = false] of begun) {
    test(`${name} cost at most ${kibibytes} KiB each`, async (t) => {
      let all: AsyncDisposable | undefined;
      const bytes = await held(t, async () => {
        all = await crowd(1_000, begin, isAnswered);
      });
      await all?.[Symbol.asyncDispose]();
      assert.ok(bytes < 1_000 * kibibytes * 1_024, `${bytes} bytes are held`);
    });
  }
});

describe("what comes and goes", { timeout }, () => {
  /** What the server may hold of it all when it is over: code that ran for the first time, tombstones, idle sessions. */
  const REST_BYTES = 6 * MiB;

  /** Ends all sessions but the one beside the attack. */
  async function forgetEverybody(): Promise<void> {
    const left = await server.call("kickAllBut", "bystander");
    while ((await server.call("sessions")) > left) await nextTurn();
  }

  test("sessions that are kicked while their handlers are at work leave nothing", async (t) => {
    const codes: number[] = [];
    const bytes = await held(t, async () => {
      for (let round = 0; round < 4; round += 1) {
        const doing = ["answer 1000", "push 1000", "join", "gather 1000"][round] as string;
        const attackers = await Promise.all(Array.from({ length: 10 }, () => Attacker.open(doing)));
        for (const attacker of attackers) attacker.ask(500);
        await forgetEverybody();
        for (const attacker of attackers) {
          while (!attacker.isClosed && attacker.closeCode === 0) await nextTurn();
          codes.push(attacker.closeCode);
          attacker.socket.destroy();
        }
      }
    });
    assert.deepEqual(new Set(codes), new Set([4_012]));
    assert.ok(bytes < REST_BYTES, `${bytes} bytes are held`);
  });

  test("a session that is taken over again and again, with messages on their way, is one session", async (t) => {
    const instance = "0123456789abcdef";
    const bytes = await held(t, async () => {
      let current = await Attacker.open("push 10000", { instance });
      const { sessionId, token } = current.opened as OpenedFrame;
      for (let attempt = 2; attempt <= 100; attempt += 1) {
        const next = await Attacker.open("", { instance, attempt, sessionId, token, sent: 1 });
        assert.equal(next.opened?.origin, "resumed");
        while (!current.isClosed && current.closeCode === 0) await nextTurn();
        assert.equal(current.closeCode, 4_000);
        current.socket.destroy();
        current = next;
      }
      await forgetEverybody();
      current.socket.destroy();
    });
    assert.ok(bytes < REST_BYTES, `${bytes} bytes are held`);
  });

  test("tokens that are forged, or of another session, open nothing", async (t) => {
    const bytes = await held(t, async () => {
      using owner = await Attacker.open("hold");
      const { token, sessionId } = owner.opened as OpenedFrame;
      const forgeries = [
        { sessionId, token: `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}` },
        { sessionId: `${sessionId}x`, token },
        { sessionId, token: "" },
        { sessionId, token: "x".repeat(60_000) },
      ];
      for (let round = 0; round < 100; round += 1) {
        using forger = await Attacker.connect();
        await forger.propose(forgeries[round % forgeries.length]);
        assert.equal(forger.closeCode, 4_004);
      }
      assert.equal(owner.closeCode, 0);
    });
    assert.ok(bytes < REST_BYTES, `${bytes} bytes are held`);
  });

  test("connections that are reset, at whatever stage, leave nothing but their sessions", async (t) => {
    const open = Buffer.concat([PREFACE, openFrame()]);
    const webSocket = Buffer.from(upgradeRequest({ "Sec-WebSocket-Protocol": "bowline.1" }));
    const stages = [
      Buffer.alloc(0),
      open.subarray(0, 4),
      open.subarray(0, 20),
      open,
      webSocket.subarray(0, 30),
      webSocket,
    ];
    const bytes = await held(t, async () => {
      for (let round = 0; round < 300; round += 1) {
        using attacker = await Attacker.connect();
        attacker.socket.write(stages[round % stages.length] as Buffer);
        if (round % 2 === 0) await nextTurn();
        attacker.socket.resetAndDestroy();
      }
      for (let round = 0; round < 40; round += 1) {
        using attacker = await Attacker.open(round % 2 === 0 ? "echo" : "join");
        attacker.ask(round);
        attacker.socket.resetAndDestroy();
      }
    });
    assert.ok(bytes < REST_BYTES, `${bytes} bytes are held`);
  });
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
