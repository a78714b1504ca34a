import type { EntryFrame } from "../../src/protocol/frames/entry.ts";
import { type Frame, FrameType } from "../../src/protocol/frames/frame.ts";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import type { GapReason } from "../../src/protocol/frames/gap.ts";
import { WebSocketCodec } from "../../src/protocol/websocket/websocket-codec.ts";
import type { Room } from "../../src/runtime/room.ts";
import type { RoomsHost } from "../../src/session/client-ports.ts";
import { ClientRooms } from "../../src/session/client-rooms.ts";
import type { WireForm } from "../../src/session/ports.ts";
import { FakeOutlet, FakeSession } from "../rooms-kit.ts";
import { Link } from "./link.ts";
import { Segment } from "./segment.ts";
import type { Surroundings } from "./surroundings.ts";

const MAX_FRAME_BYTES = 1_024 * 1_024;
const HEARTBEAT_MS = 40;

/** The client's way of writing: what it says reaches its session some time later, unless the line is cut. */
class Uplink extends FakeOutlet {
  readonly #onFlush: () => void;

  constructor(onFlush: () => void) {
    super();
    this.#onFlush = onFlush;
  }

  override flush(): void {
    this.#onFlush();
  }
}

/** A client of the session layer's own, on a line that breaks, with an application that takes its time. */
export class FramedClient implements RoomsHost {
  readonly session: FakeSession<Link>;
  readonly segments = new Map<string, Segment>();
  readonly #world: Surroundings;
  readonly #form: WireForm;
  readonly #rooms = new ClientRooms(this, []);
  readonly #leftRooms = new Set<string>();
  #untaken: {
    readonly segment: Segment | undefined;
    readonly room: string;
    readonly offset: number;
    readonly bytes: number;
  }[] = [];
  #uplink: Uplink | undefined;
  #isResting = false;

  constructor(world: Surroundings, id: string, form: WireForm) {
    this.#world = world;
    this.#form = form;
    this.session = new FakeSession<Link>(id, undefined);
    this.session.windowMessages = world.windowMessages;
    this.session.windowBytes = world.windowBytes;
    this.session.sessionWindowBytes = world.sessionWindowBytes;
    this.connect();
    this.#take();
    this.#beat();
  }

  connect(): void {
    const { clock, random } = this.#world;
    const frames = new FrameCodec(MAX_FRAME_BYTES);
    const webSocket = new WebSocketCodec({ role: "client", maxMessageBytes: MAX_FRAME_BYTES });
    const link: Link = new Link(this.#form, random.chance(0.4) && !this.#world.isHealed, clock, random, {
      onBytes: (bytes) => {
        if (this.#form === "bowline") frames.push(bytes);
        else webSocket.push(bytes);
        for (let unit = webSocket.next(); unit !== undefined; unit = webSocket.next()) {
          if (unit.kind === "binary") frames.push(unit.data);
        }
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) this.#onFrame(frame, link);
      },
      onDrained: () => {
        if (this.session.outlet === link) this.session.drained();
      },
    });
    const uplink: Uplink = new Uplink(() => clock.setTimer(() => this.#send(uplink, link), 0));
    this.#uplink = uplink;
    this.#rooms.forgetAliases();
    this.session.resume(link, this.#rooms.listed());
  }

  leave(room: Room): void {
    this.#leftRooms.add(room.name);
    void room.leave();
  }

  cut(): void {
    const { outlet } = this.session;
    if (outlet === undefined) return;
    outlet.isCut = true;
    this.#uplink = undefined;
    this.session.cut();
  }

  /** From now on it is as fast as can be. */
  rest(): void {
    this.#isResting = true;
    if (this.session.outlet === undefined) this.connect();
    const { outlet } = this.session;
    if (outlet === undefined) return;
    outlet.isSlow = false;
    outlet.isFrozen = false;
    outlet.pump();
  }

  #send(uplink: Uplink, link: Link): void {
    const { clock, random } = this.#world;
    for (const frame of uplink.takeFrames()) {
      if (frame.type !== FrameType.ack) continue;
      clock.setTimer(
        () => {
          if (this.session.outlet === link) this.session.acknowledge(frame.alias, frame.number);
        },
        random.between(0.1, 3),
      );
    }
  }

  #onFrame(frame: Frame, link: Link): void {
    const uplink = this.#uplink;
    if (uplink === undefined || this.session.outlet !== link) return;
    if (frame.type === FrameType.joined) this.#onJoined(frame.name, frame.epoch, frame.cursor);
    if (frame.type === FrameType.joined) this.#rooms.onJoined(frame, uplink);
    if (frame.type === FrameType.left) {
      this.#rooms.onLeft(frame.name);
      this.segments.delete(frame.name);
    }
    if (frame.type === FrameType.gap) this.#rooms.onGap(frame);
    if (frame.type === FrameType.entry && this.#rooms.onEntry(frame) !== undefined) {
      this.#world.report(`${this.session.id}: entry ${frame.offset} after ${frame.offset - frame.step} met no cursor`);
    }
  }

  #onJoined(room: string, epoch: number, cursor: number): void {
    if (this.#rooms.listed().some((listed) => listed.name === room && listed.epoch === epoch)) return;
    const { broker } = this.#world;
    this.segments.set(room, new Segment(`${this.session.id} in ${room}`, broker.log(room), cursor, this.#world.report));
  }

  onEntry(room: string, { offset, payload }: EntryFrame): void {
    if (offset === 0) return;
    const segment = this.segments.get(room);
    segment?.onEntry(offset);
    this.#untaken.push({ segment, room, offset, bytes: payload.length });
    // Who leaves and comes back gets a new window.
    if (this.#leftRooms.has(room)) return;
    const waiting = this.#untaken.filter((entry) => entry.segment === segment && entry.bytes > 0);
    const bytes = waiting.reduce((sum, entry) => sum + entry.bytes, 0);
    const { windowMessages, windowBytes } = this.#world;
    if (waiting.length > windowMessages || (waiting.length > 1 && bytes > windowBytes)) {
      this.#world.report(`${this.session.id}: ${waiting.length} entries, ${bytes} bytes wait: more than the window`);
    }
  }

  onGap(room: string, from: number, to: number, reason: GapReason): void {
    const segment = this.segments.get(room);
    segment?.onGap(from, to, reason, this.#leftRooms.has(room));
    this.#untaken.push({ segment, room, offset: to, bytes: 0 });
  }

  /** The application takes an entry now and then; sometimes it is busy for long. */
  #take(): void {
    const { clock, random, windowMessages, windowBytes } = this.#world;
    const entry = this.#untaken.shift();
    if (entry !== undefined) {
      this.#rooms.take(entry.room, entry.offset, entry.bytes, {
        outlet: this.#uplink,
        mostMessages: windowMessages,
        mostBytes: windowBytes,
      });
    }
    const isBusy = !this.#isResting && random.chance(0.02);
    clock.setTimer(() => this.#take(), isBusy ? random.between(20, 80) : random.between(0.1, 3));
  }

  #beat(): void {
    if (this.#uplink !== undefined) {
      this.#rooms.tellAll(this.#uplink);
      this.#uplink.flush();
    }
    this.#world.clock.setTimer(() => this.#beat(), HEARTBEAT_MS);
  }
}
