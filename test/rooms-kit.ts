import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Broker } from "../src/broker/broker.ts";
import { MemoryBroker, type MemoryOptions } from "../src/broker/memory.ts";
import { ByteWriter } from "../src/protocol/bytes.ts";
import { type Frame, FrameType } from "../src/protocol/frames/frame.ts";
import { FrameCodec } from "../src/protocol/frames/frame-codec.ts";
import { writeLeft } from "../src/protocol/frames/left.ts";
import type { LineEnding } from "../src/protocol/lines.ts";
import { decodeUtf8 } from "../src/protocol/text.ts";
import { writeWebSocketHeader } from "../src/protocol/websocket/frame.ts";
import { OPCODE } from "../src/protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../src/protocol/websocket/websocket-codec.ts";
import { isFramed } from "../src/rooms/announcements.ts";
import type { OnPresence } from "../src/rooms/room-presence.ts";
import { Rooms } from "../src/rooms/rooms.ts";
import type { TicketSigner } from "../src/rooms/tickets.ts";
import type { Diagnostic, MessageContext, Peer, RoomSession } from "../src/runtime/ports.ts";
import { resolveLimits } from "../src/session/limits.ts";
import type { Announcement, OfferedCursor, Outlet, RoomStream, WireForm } from "../src/session/ports.ts";
import { sayLeft } from "../src/session/server-rooms.ts";

const MAX_FRAME_BYTES = 16 * 1_024 * 1_024;

/** A connection whose other end is a test. */
export class FakeOutlet implements Outlet {
  readonly form: WireForm;
  readonly lineEnding: LineEnding;
  readonly writer = new ByteWriter();
  backlogBytes = 0;
  readonly wroteAt = 0;
  hasRider = true;
  /** How often `share` was called, and what with. */
  readonly shared: Uint8Array[] = [];
  #chunks: Uint8Array[] = [];
  readonly #frames = new FrameCodec(MAX_FRAME_BYTES);

  constructor(form: WireForm = "bowline", lineEnding: LineEnding = "\n") {
    this.form = form;
    this.lineEnding = lineEnding;
  }

  flush(): void {}

  end(): void {}

  share(bytes: Uint8Array): void {
    this.#takeWritten();
    this.shared.push(bytes);
    this.#chunks.push(bytes);
  }

  #takeWritten(): void {
    if (this.writer.length === 0) return;
    const written = this.writer.take();
    if (this.form === "bowline-websocket") {
      const header = new ByteWriter();
      writeWebSocketHeader(header, OPCODE.binary, written.length);
      this.#chunks.push(header.take());
    }
    this.#chunks.push(written);
  }

  /** What has arrived since the last time. */
  takeBytes(): Uint8Array {
    this.#takeWritten();
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return bytes;
  }

  takeText(): string {
    const bytes = this.takeBytes();
    return decodeUtf8(bytes, 0, bytes.length);
  }

  takeFrames(): Frame[] {
    const bytes = this.takeBytes();
    for (const chunk of this.form === "bowline-websocket" ? unwrap(bytes) : [bytes]) this.#frames.push(chunk);
    const frames: Frame[] = [];
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) frames.push(frame);
    return frames;
  }

  /** Frames in a few words: `joined 3`, `entry 4 hello`, `gap 1-2 trimmed`, `left lobby`. */
  takeStory(): string[] {
    return this.takeFrames().map(tell);
  }
}

function unwrap(bytes: Uint8Array): Uint8Array[] {
  const codec = new WebSocketCodec({ role: "client", maxMessageBytes: MAX_FRAME_BYTES });
  codec.push(bytes);
  const payloads: Uint8Array[] = [];
  for (let unit = codec.next(); unit !== undefined; unit = codec.next()) {
    assert.equal(unit.kind, "binary");
    if (unit.kind === "binary") payloads.push(unit.data);
  }
  return payloads;
}

function tell(frame: Frame): string {
  switch (frame.type) {
    case FrameType.joined:
      return `joined ${frame.name} at ${frame.cursor}`;
    case FrameType.left:
      return `left ${frame.name}`;
    case FrameType.gap:
      return `gap ${frame.from}-${frame.to} ${frame.reason}`;
    case FrameType.entry:
      return `entry ${frame.offset} ${decodeUtf8(frame.payload, 0, frame.payload.length)}`;
    default:
      return `frame of type ${frame.type}`;
  }
}

/** A session, as rooms see it, with nothing behind it. */
export class FakeSession<Connection extends Outlet = FakeOutlet> implements RoomSession {
  readonly id: string;
  readonly identity: unknown;
  readonly identityHash: string;
  readonly peer: Peer;
  run: object | undefined = {};
  outlet: Connection | undefined;
  isEnding = false;
  windowMessages = 1_024;
  windowBytes = 1_024 * 1_024;
  sessionWindowBytes = 4 * 1_024 * 1_024;
  readonly streams = new Map<number, RoomStream>();
  readonly offered = new Map<string, OfferedCursor>();
  roomBytes = 0;
  /** How often the record changed, and something settled; what failed unawaited. */
  recorded = 0;
  settled = 0;
  readonly failures: unknown[] = [];
  #waits = false;

  constructor(id: string, outlet: Connection | undefined, identity: unknown = undefined) {
    this.id = id;
    this.outlet = outlet;
    this.identity = identity;
    this.identityHash = identity === undefined ? "" : String(identity);
    this.peer = { address: "203.0.113.1", form: outlet?.form ?? "bowline", secure: false, headers: {} };
  }

  closedError(): Error {
    return new Error(`session ${this.id} has ended`);
  }

  addRoom(alias: number, stream: RoomStream): Announcement {
    this.streams.set(alias, stream);
    return "now";
  }

  sayLeft(room: string): void {
    const { outlet } = this;
    if (outlet !== undefined && isFramed(outlet.form)) sayLeft(outlet, room);
  }

  removeRoom(alias: number): void {
    this.streams.delete(alias);
  }

  takeOffered(room: string): OfferedCursor | undefined {
    const offered = this.offered.get(room);
    this.offered.delete(room);
    return offered;
  }

  admitsRoomBytes(bytes: number): boolean {
    if (this.roomBytes === 0 || this.roomBytes + bytes <= this.sessionWindowBytes) return true;
    this.#waits = true;
    return false;
  }

  countRoomBytes(bytes: number): void {
    this.roomBytes += bytes;
    if (bytes >= 0 || !this.#waits) return;
    this.#waits = false;
    this.drained();
  }

  onRecordChanged(): void {
    this.recorded += 1;
  }

  settle(): void {
    this.settled += 1;
  }

  onSendFailed(error: unknown): void {
    this.failures.push(error);
  }

  // What a test does to it.

  acknowledge(alias: number, offset: number): void {
    this.streams.get(alias)?.onAcknowledged(offset);
  }

  drained(): void {
    for (const stream of this.streams.values()) stream.onWritable();
  }

  /** The session's end begins. */
  end(): void {
    this.isEnding = true;
    for (const stream of this.streams.values()) stream.onPresence();
  }

  cut(): void {
    this.outlet = undefined;
    for (const stream of this.streams.values()) stream.onDetached();
  }

  resume(outlet: Connection, listed: readonly OfferedCursor[] = []): void {
    if (this.outlet !== undefined) this.cut();
    this.outlet = outlet;
    const left = new Set(listed.map(({ name }) => name));
    for (const stream of this.streams.values()) {
      stream.onResumed(listed.find(({ name }) => name === stream.room));
      left.delete(stream.room);
    }
    for (const name of left) writeLeft(outlet.writer, name);
    outlet.flush();
  }
}

/** A session whose client speaks Bowline frames, and is there. */
export function framedSession(id: string, identity: unknown = undefined): FakeSession {
  return new FakeSession(id, new FakeOutlet(), identity);
}

/** Time that passes when a test says so. */
class ManualClock {
  #now = 1_000;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due.sort((a, b) => a.at - b.at)) callback();
  }
}

/** The end of a turn, when a test says so. */
export class ManualTurns {
  #callbacks: (() => void)[] = [];

  afterTurn(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  /** Ends one turn; tells whether there was anything to do. */
  end(): boolean {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
    return callbacks.length > 0;
  }
}

export const testSigner: TicketSigner = {
  sign: (text) => createHmac("sha256", "a key for tests").update(text).digest("base64url"),
  verify: (text, signature) => testSigner.sign(text) === signature,
};

/** A memory broker that can be made to fail. */
export class FaultyBroker extends MemoryBroker {
  /** What fails, by name. */
  readonly failing = new Set<"append" | "read" | "head">();

  constructor() {
    super({}, { now: () => 0, wallNow: () => 1_700_000_000_000, random: () => 0.5 });
  }

  override append(...asked: Parameters<MemoryBroker["append"]>): ReturnType<MemoryBroker["append"]> {
    return this.#mayFail("append") ?? super.append(...asked);
  }

  override read(...asked: Parameters<MemoryBroker["read"]>): ReturnType<MemoryBroker["read"]> {
    return this.#mayFail("read") ?? super.read(...asked);
  }

  override head(...asked: Parameters<MemoryBroker["head"]>): ReturnType<MemoryBroker["head"]> {
    return this.#mayFail("head") ?? super.head(...asked);
  }

  #mayFail(what: "append" | "read" | "head"): Promise<never> | undefined {
    return this.failing.has(what) ? Promise.reject(new Error(`${what}: the disk is on fire`)) : undefined;
  }
}

/** Rooms over a memory broker, or another, in a world where time and turns pass by hand. */
export class RoomsKit {
  readonly clock = new ManualClock();
  readonly turns = new ManualTurns();
  readonly emitted: Diagnostic[] = [];
  readonly broker: Broker;
  readonly rooms: Rooms;

  constructor(
    options: {
      readonly broker?: Broker;
      readonly memory?: MemoryOptions;
      readonly context?: MessageContext;
      readonly limits?: Parameters<typeof resolveLimits>[0];
      readonly onpresence?: OnPresence;
    } = {},
  ) {
    const { clock, turns, emitted } = this;
    const wallNow = (): number => 1_700_000_000_000 + clock.now();
    const now = (): number => clock.now();
    this.broker = options.broker ?? new MemoryBroker(options.memory ?? {}, { now, wallNow, random: () => 0.5 });
    this.rooms = new Rooms({
      broker: this.broker,
      limits: resolveLimits(options.limits),
      clock,
      wallNow,
      scheduler: turns,
      signer: testSigner,
      context: options.context,
      emit: (event) => void emitted.push(event),
      onpresence: options.onpresence,
    });
  }

  /** Lets everything happen that waits for nothing but the end of turns. */
  async settle(): Promise<void> {
    do await turnOver();
    while (this.turns.end());
  }
}

/** Resolves when every promise that can go on has done so. */
export function turnOver(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
