import assert from "node:assert/strict";
import { connectTo } from "../src/client/connect.ts";
import type { ConnectOptions } from "../src/client/connect-options.ts";
import * as keeper from "../src/client/keeper.ts";
import type { Platform, Target } from "../src/client/ports.ts";
import { ByteWriter } from "../src/protocol/bytes.ts";
import { CLOSE_CODES, type CloseName } from "../src/protocol/close-codes.ts";
import { type Frame, FrameType } from "../src/protocol/frames/frame.ts";
import { MessageFlag, MessageFrame } from "../src/protocol/frames/message.ts";
import type { OpenFrame } from "../src/protocol/frames/open.ts";
import type { OpenedFrame } from "../src/protocol/frames/opened.ts";
import type { Clock } from "../src/runtime/deadlines.ts";
import type { Diagnostic, FrameConnection, FrameReceiver } from "../src/runtime/ports.ts";
import type { ClientSession } from "../src/runtime/public-sessions.ts";
import { framesIn } from "./frames.ts";

/** Lets every promise settle that can. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  get timers(): number {
    return this.#timers.size;
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as never);
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await rest();
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = until;
    await rest();
  }
}

/** A connection whose other end is the test. */
export class ScriptedConnection implements FrameConnection {
  readonly form = "bowline";
  readonly lineEnding = "";
  readonly backlogBytes = 0;
  readonly wroteAt = 0;
  hasRider = true;
  readonly writer = new ByteWriter();
  receiver: FrameReceiver;
  /** What the client has sent. */
  readonly sent: Frame[] = [];
  isEnded = false;
  readonly #clock: Clock;
  #isFlushing = false;

  constructor(receiver: FrameReceiver, clock: Clock) {
    this.receiver = receiver;
    this.#clock = clock;
  }

  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => this.#leave());
  }

  #leave(): void {
    this.#isFlushing = false;
    this.receiver.beforeFlush(this, this.#clock.now());
    this.sent.push(...framesIn(this.writer.take(), 2 ** 21));
  }

  share(bytes: Uint8Array): void {
    this.writer.bytes(bytes);
    this.flush();
  }

  end(): void {
    if (this.isEnded) return;
    this.#leave();
    this.isEnded = true;
    void this.lose();
  }

  get open(): OpenFrame {
    const [open] = this.sent;
    assert.equal(open?.type, FrameType.open);
    return open as OpenFrame;
  }

  /** The texts of the messages that came, in order, with their numbers. */
  get messages(): string[] {
    return this.sent.flatMap((frame) =>
      frame.type === FrameType.message ? [`${frame.sequence} ${frame.text()}`] : [],
    );
  }

  async say(frame: Frame): Promise<void> {
    this.receiver.onFrame(frame, this, this.#clock.now());
    await rest();
  }

  opened(fields: Partial<OpenedFrame> = {}): Promise<void> {
    return this.say({
      type: FrameType.opened,
      origin: "new",
      sessionId: "s1",
      token: "t1",
      received: 0,
      sent: 0,
      checksum: 0,
      heartbeatMs: 15_000,
      resumeWindowMs: 120_000,
      maxMessageBytes: 1_048_576,
      windowMessages: 1_024,
      windowBytes: 1_048_576,
      expiresInMs: 0,
      ...fields,
    });
  }

  close(
    name: CloseName,
    fields: { retryAfterMs?: number; reason?: string; sent?: number; received?: number } = {},
  ): Promise<void> {
    const { code } = CLOSE_CODES[name];
    return this.say({
      type: FrameType.close,
      code,
      reason: "",
      retryAfterMs: 0,
      sent: 0,
      received: 0,
      by: "server",
      ...fields,
    });
  }

  ack(number: number, alias = 0): Promise<void> {
    return this.say({ type: FrameType.ack, alias, number });
  }

  message(sequence: number, text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    return this.say(new MessageFrame(MessageFlag.text, sequence, 0, bytes, 0, bytes.length));
  }

  /** A message that wants a reply. */
  request(sequence: number, text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    return this.say(new MessageFrame(MessageFlag.text | MessageFlag.wantsReply, sequence, 0, bytes, 0, bytes.length));
  }

  /** Not at once: nothing of a network's calls back into who is calling it. */
  async lose(): Promise<void> {
    await undefined;
    this.receiver.onLost(this, this.#clock.now());
    await rest();
  }
}

/** A server that a test plays, and the place that its clients run in. */
export class ScriptedServer implements Target, Platform {
  readonly peer = { address: "test://server", form: "bowline", secure: false, headers: {} } as const;
  readonly clock = new ManualClock();
  readonly diagnostics: Diagnostic[] = [];
  /** Every connection that was made, and the signal of every dial. */
  readonly connections: ScriptedConnection[] = [];
  readonly dials: AbortSignal[] = [];
  /** When each dial began. */
  readonly dialedAt: number[] = [];
  readonly wakeUps = new Set<() => void>();
  /** What becomes of dials: they succeed, fail with this, or wait for ever. */
  network: "up" | "silent" | Error = "up";
  /** What `random` gives. */
  chance = 0.5;

  async dial(receiver: FrameReceiver, signal: AbortSignal): Promise<ScriptedConnection> {
    this.dials.push(signal);
    this.dialedAt.push(this.clock.now());
    if (this.network === "silent") return new Promise(() => {});
    if (this.network !== "up") throw this.network;
    const connection = new ScriptedConnection(receiver, this.clock);
    this.connections.push(connection);
    return connection;
  }

  readonly emit = (event: Diagnostic): void => {
    this.diagnostics.push(event);
  };

  readonly random = (): number => this.chance;

  onWakeUp(callback: () => void, signal: AbortSignal): void {
    this.wakeUps.add(callback);
    signal.addEventListener("abort", () => this.wakeUps.delete(callback));
  }

  async loadKeeper(): ReturnType<Platform["loadKeeper"]> {
    return keeper;
  }

  wakeUp(): void {
    for (const callback of this.wakeUps) callback();
  }

  connect(options: ConnectOptions = {}): Promise<ClientSession> {
    return connectTo(this, this, options);
  }

  /** A client's session, opened. */
  async open(options: ConnectOptions = {}, opened: Partial<OpenedFrame> = {}): Promise<ClientSession> {
    const connecting = this.connect(options);
    await rest();
    await this.last.opened(opened);
    return connecting;
  }

  get last(): ScriptedConnection {
    const connection = this.connections.at(-1);
    assert.ok(connection !== undefined, "nobody has connected");
    return connection;
  }
}
