import type { Entry } from "../../src/broker/broker.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { resolveLimits } from "../../src/session/limits.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { testSigner } from "../rooms-kit.ts";
import { FarBroker } from "./far-broker.ts";
import { FramedClient } from "./framed-client.ts";
import { PlainClient } from "./plain-client.ts";
import type { Surroundings } from "./surroundings.ts";

/** Until when things happen and go wrong, and how long the world then has to come to rest. */
const TROUBLE_MS = 300;
const REST_MS = 3_000;
const ROOMS = ["red", "blue"];
/** Above what is in the rooms' hot tail, some of the time. */
const MOST_BYTES = 6_000;

export interface WorldOptions {
  /** Whether the logs are trimmed, now and then. */
  readonly trim: boolean;
}

/** Rooms of one node, a broker far away, and clients of every kind, all of them in trouble. */
export class RoomWorld implements Surroundings {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly broker: FarBroker;
  readonly rooms: Rooms;
  readonly violations: string[] = [];
  readonly windowMessages: number;
  readonly windowBytes: number;
  readonly sessionWindowBytes: number;
  isHealed = false;
  readonly #framed: FramedClient[] = [];
  #plain: PlainClient[] = [];
  #sent = 0;
  #plainClients = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    const { clock, random } = this;
    this.windowMessages = random.pick([1, 4, 10, 40, 300]) ?? 10;
    this.windowBytes = random.pick([500, 8_000, 40_000]) ?? 8_000;
    this.sessionWindowBytes = this.windowBytes * 1.5;
    this.broker = new FarBroker(clock, random);
    this.rooms = new Rooms({
      broker: this.broker,
      limits: resolveLimits(),
      clock,
      wallNow: () => clock.now(),
      scheduler: { afterTurn: (callback) => void clock.setTimer(callback, random.between(0, 0.8)) },
      signer: testSigner,
      context: undefined,
      emit: (event) => this.report(`event ${event.name}`),
    });
  }

  readonly report = (violation: string): void => {
    this.violations.push(`${violation} (${this.clock.now().toFixed(1)} ms)`);
  };

  /** Runs the world and gives what was wrong in it. */
  async run({ trim }: WorldOptions): Promise<readonly string[]> {
    const { clock, random } = this;
    for (let index = 0; index < 5; index += 1) {
      const client = new FramedClient(
        this,
        `framed-${index}`,
        random.pick(["bowline", "bowline-websocket"]) ?? "bowline",
      );
      this.#framed.push(client);
      this.#later(50, () => this.#comeAndGo(client));
      this.#later(60, () => this.#cut(client));
    }
    for (let index = 0; index < 3; index += 1) this.#addPlain();
    this.#append();
    this.#freeze();
    if (trim) this.#trim();
    await clock.advance(TROUBLE_MS);
    this.isHealed = true;
    for (const client of [...this.#framed, ...this.#plain]) client.rest();
    await clock.advance(REST_MS);
    for (const { segments } of [...this.#framed, ...this.#plain])
      for (const segment of segments.values()) segment.onRest();
    return this.violations;
  }

  offsetOf(room: string, id: string): number | undefined {
    return this.broker.log(room).entries.find((entry) => idOf(entry) === id)?.offset;
  }

  #later(ms: number, action: () => unknown): void {
    this.clock.setTimer(
      () => {
        if (!this.isHealed) action();
      },
      this.random.between(0, ms),
    );
  }

  #append(): void {
    const room = this.random.pick(ROOMS) ?? "red";
    this.#sent += 1;
    const id = `${room}#${this.#sent}`;
    const padding = "x".repeat(
      this.random.chance(0.2) ? this.random.integer(0, MOST_BYTES) : this.random.integer(0, 60),
    );
    const text = `${id} ${padding}`;
    const isBytes = this.random.chance(0.1);
    const payload = isBytes ? new Uint8Array(Buffer.from(text)) : text;
    // Some come from this node, others from elsewhere.
    if (this.random.chance(0.5)) void this.rooms.broadcast(room).send(payload, isBytes ? { text: id } : {});
    else void this.broker.append(room, [{ payload, text: isBytes ? id : undefined }]);
    if (this.random.chance(0.05)) void this.rooms.broadcast(room).send("passing by", { ephemeral: true });
    if (this.random.chance(0.3)) this.#speak();
    this.#later(this.random.chance(0.5) ? 0.2 : 6, () => this.#append());
  }

  /** A handler says something to a plain client, which reads first what is in its room. */
  #speak(): void {
    const { session } = this.random.pick(this.#plain) ?? {};
    for (const stream of session?.streams.values() ?? []) stream.beforeMessage();
  }

  async #comeAndGo(client: FramedClient): Promise<void> {
    const room = this.random.pick(ROOMS) ?? "red";
    const run = client.session.run as object;
    const last = this.random.pick([0, 0, 3, 50]);
    // Any number will do, also one that no entry has.
    const after = this.random.chance(0.3) ? this.random.integer(0, this.broker.log(room).head + 2) : undefined;
    const joined = await this.rooms.join(client.session, run, room, { last, after });
    if (this.random.chance(0.4)) this.#later(40, () => client.leave(joined));
    this.#later(60, () => this.#comeAndGo(client));
  }

  #cut(client: FramedClient): void {
    client.cut();
    // Sometimes it is back before anybody has noticed.
    if (this.random.chance(0.2)) client.connect();
    else this.#later(40, () => (client.session.outlet === undefined ? client.connect() : undefined));
    this.#later(80, () => this.#cut(client));
  }

  /** A plain client comes, stays in one room, and goes with its connection. */
  #addPlain(): void {
    this.#plainClients += 1;
    const client = new PlainClient(
      this,
      `plain-${this.#plainClients}`,
      this.random.pick(["lines", "websocket"]) ?? "lines",
    );
    this.#plain.push(client);
    const room = this.random.pick(ROOMS) ?? "red";
    const run = client.session.run as object;
    const last = this.random.pick([0, 3, 200]);
    this.#later(30, async () => {
      await this.rooms.join(client.session, run, room, { last });
    });
    this.#later(150, () => {
      this.#plain = this.#plain.filter((other) => other !== client);
      if (client.session.outlet !== undefined) client.session.outlet.isCut = true;
      client.session.outlet = undefined;
      this.rooms.leaveAll(client.session);
      this.#addPlain();
    });
  }

  #freeze(): void {
    const { outlet } = this.random.pick([...this.#framed, ...this.#plain])?.session ?? {};
    if (outlet !== undefined) {
      outlet.isFrozen = true;
      this.#later(120, () => {
        outlet.isFrozen = false;
        outlet.pump();
      });
    }
    this.#later(30, () => this.#freeze());
  }

  #trim(): void {
    const room = this.random.pick(ROOMS) ?? "red";
    this.broker.log(room).trim(this.random.integer(2, 30));
    this.#later(40, () => this.#trim());
  }
}

function idOf({ payload }: Entry): string {
  const text = typeof payload === "string" ? payload : Buffer.from(payload).toString();
  return text.slice(0, text.indexOf(" "));
}
