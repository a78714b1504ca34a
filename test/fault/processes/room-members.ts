// Members of a room: half of them lines, half of them frames. Each checks that it gets everything, in order, once.

import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { type ClientSession, connect } from "bowline/client";
import { offer } from "../../programs/offer.ts";

const GAP_LINE = /^\* messages (\d+) to (\d+) are missing \(trimmed\)$/;
const AT_ONCE = 50;

/** What of the room a member did not get, as it was told. */
export interface ToldGap {
  readonly from: number;
  readonly to: number;
}

abstract class Member {
  /** The number that came last. */
  last: number;
  fillers = 0;
  readonly gaps: ToldGap[] = [];
  readonly faults: string[] = [];

  constructor(last: number) {
    this.last = last;
  }

  abstract pause(): void;
  abstract resume(): void;

  protected onText(text: string): void {
    if (text.startsWith("#")) {
      this.fillers += 1;
      return;
    }
    const gap = GAP_LINE.exec(text);
    if (gap !== null) {
      this.onGap({ from: Number(gap[1]), to: Number(gap[2]) });
      return;
    }
    const end = text.indexOf(" ");
    const number = Number(text.slice(0, end));
    if (number !== this.last + 1) this.faults.push(`${number} came after ${this.last}`);
    this.last = number;
    const sentAtNs = text.slice(end + 1, text.indexOf(" ", end + 1));
    if (sentAtNs !== "0") sample(number, sentAtNs);
    onNumber(this);
  }

  protected onGap(gap: ToldGap): void {
    if (gap.from !== this.last + 1) this.faults.push(`a gap from ${gap.from} came after ${this.last}`);
    this.gaps.push(gap);
    this.last = gap.to;
  }

  protected onEnd(why: string): void {
    this.faults.push(`it ended: ${why}`);
  }
}

class LineMember extends Member {
  readonly #socket: Socket;
  #rest = "";

  constructor(socket: Socket, last: number) {
    super(last);
    this.#socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => this.#onData(text));
    socket.on("close", () => this.onEnd("closed"));
  }

  static async join(port: number, first: string, last: number): Promise<LineMember> {
    const socket = connectSocket({ port, host: "127.0.0.1", noDelay: true });
    socket.write(`${first}\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    if (answer.toString() !== "joined\n") throw new Error(`the answer to "${first}" was ${answer}`);
    return new LineMember(socket, last);
  }

  #onData(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.onText(line);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

class FrameMember extends Member {
  readonly #session: ClientSession;
  #mayRead: Promise<void> | undefined;
  #resume: () => void = () => {};

  constructor(session: ClientSession, last: number) {
    super(last);
    this.#session = session;
    void this.#read();
  }

  static async join(port: number, first: string, last: number): Promise<FrameMember> {
    const session = await connect(`bowline://127.0.0.1:${port}`);
    await session.send(first);
    const answer = (await session.receive())?.text();
    if (answer !== "joined") throw new Error(`the answer to "${first}" was ${answer}`);
    return new FrameMember(session, last);
  }

  async #read(): Promise<void> {
    for await (const message of this.#session) {
      if (message.gap === undefined) this.onText(message.text());
      else this.onGap(message.gap);
      if (this.#mayRead !== undefined) await this.#mayRead;
    }
    this.onEnd("closed");
  }

  /** Takes one message more, and no other. */
  pause(): void {
    this.#mayRead = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#mayRead = undefined;
    this.#resume();
  }
}

const members: Member[] = [];

// What everybody waits for.
let wanted = Number.POSITIVE_INFINITY;
let missing = 0;
let onAll: () => void = () => {};

function onNumber(member: Member): void {
  if (member.last !== wanted) return;
  missing -= 1;
  if (missing === 0) onAll();
}

// How long each message took to each member.
let from = Number.POSITIVE_INFINITY;
let samples: number[] = [];

function sample(number: number, sentAtNs: string): void {
  if (number >= from) samples.push(Number(process.hrtime.bigint() - BigInt(sentAtNs)) / 1e6);
}

export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const functions = {
  /** Lets so many members join after message `last`; `first` is what each says first. */
  async join(port: number, lines: number, frames: number, first: string, last: number): Promise<void> {
    const joins = [
      ...Array.from({ length: lines }, () => () => LineMember.join(port, first, last)),
      ...Array.from({ length: frames }, () => () => FrameMember.join(port, first, last)),
    ];
    while (joins.length > 0) members.push(...(await Promise.all(joins.splice(0, AT_ONCE).map((join) => join()))));
  },

  /** Nobody reads any more. */
  pause: () => members.forEach((member) => void member.pause()),
  resume: () => members.forEach((member) => void member.resume()),

  /** Resolves when this message has come to everybody. */
  untilAll(number: number): Promise<void> {
    return new Promise((resolve) => {
      wanted = number;
      missing = members.filter(({ last }) => last < number).length;
      onAll = resolve;
      if (missing === 0) resolve();
    });
  },

  /** Begins to measure, with this message. */
  measureFrom(number: number): void {
    from = number;
    samples = [];
  },

  /** What was measured so far, in milliseconds. */
  latencies(): Latencies {
    const sorted = Float64Array.from(samples).sort();
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  },

  /** Messages that were meant for one member alone. */
  fillers: () => members.reduce((sum, member) => sum + member.fillers, 0),
  gaps: () => members.map(({ gaps }) => gaps),
  faults: () => members.flatMap(({ faults }) => faults).slice(0, 10),
};
export type RoomMembers = typeof functions;

offer(functions);
