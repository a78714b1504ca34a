import { LineCodec } from "../../src/protocol/lines.ts";
import { WebSocketCodec } from "../../src/protocol/websocket/websocket-codec.ts";
import type { Member } from "../../src/rooms/member.ts";
import type { Announcement, RoomStream, WireForm } from "../../src/session/ports.ts";
import { FakeSession } from "../rooms-kit.ts";
import { Link } from "./link.ts";
import { Segment } from "./segment.ts";
import type { Surroundings } from "./surroundings.ts";

const MAX_BYTES = 1_024 * 1_024;

class PlainSession extends FakeSession<Link> {
  readonly #onJoined: (member: Member) => void;

  constructor(id: string, link: Link, onJoined: (member: Member) => void) {
    super(id, link);
    this.#onJoined = onJoined;
  }

  override addRoom(alias: number, stream: RoomStream): Announcement {
    const announcement = super.addRoom(alias, stream);
    this.#onJoined(stream as Member);
    return announcement;
  }
}

/** A client that nobody can ask where it is: what arrives has to be right, and once. */
export class PlainClient {
  readonly session: FakeSession<Link>;
  readonly segments = new Map<string, Segment>();
  readonly #world: Surroundings;

  constructor(world: Surroundings, id: string, form: WireForm) {
    this.#world = world;
    const { clock, random } = world;
    const lines = new LineCodec(MAX_BYTES);
    const webSocket = new WebSocketCodec({ role: "client", maxMessageBytes: MAX_BYTES });
    const link = new Link(form, random.chance(0.4), clock, random, {
      onBytes: (bytes) => {
        if (form === "lines") lines.push(bytes);
        else webSocket.push(bytes);
        for (let line = lines.next(); line !== undefined; line = lines.next()) this.#onText(line.text);
        for (let unit = webSocket.next(); unit !== undefined; unit = webSocket.next()) {
          if ("data" in unit) this.#onText(Buffer.from(unit.data).toString());
        }
      },
      onDrained: () => this.session.drained(),
    });
    this.session = new PlainSession(id, link, (member) => this.#onJoined(member));
  }

  /** It is not told where it is: the test looks, before anything is written. */
  #onJoined({ room, cursor }: Member): void {
    const log = this.#world.broker.log(room);
    this.segments.set(room, new Segment(`${this.session.id} in ${room}`, log, cursor, this.#world.report));
  }

  rest(): void {
    const { outlet } = this.session;
    if (outlet === undefined) return;
    outlet.isSlow = false;
    outlet.isFrozen = false;
    outlet.pump();
  }

  #onText(text: string): void {
    if (text === "passing by") return;
    const gap = /^\* messages (\d+) to (\d+) are missing \((\w+)\)$/.exec(text);
    if (gap !== null) {
      // With one room, there is no doubt which one is meant.
      const [segment] = this.segments.values();
      segment?.onGap(Number(gap[1]), Number(gap[2]), String(gap[3]));
      return;
    }
    const [id = "", room = ""] = /^(\w+)#\d+/.exec(text) ?? [];
    const offset = this.#world.offsetOf(room, id);
    if (offset !== undefined) this.segments.get(room)?.onEntry(offset);
    else this.#world.report(`${this.session.id}: "${text.slice(0, 40)}" is nothing that was sent`);
  }
}
