import type { WorldName } from "./worlds.ts";

/** Part of the compiled product, and what stands there instead. It must be there exactly once. */
export interface Replacement {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** The product without one of its rules. */
export interface Mutant {
  /** The rule, in the design's words. */
  readonly without: string;
  /** Where it must be missed. */
  readonly world: WorldName;
  readonly replacements: readonly Replacement[];
}

const ADMISSION = "session/admission.js";
const CLIENT = "session/client-machine.js";
const SERVER = "session/server-machine.js";
const CORE = "runtime/server-core.js";
const MEMBER = "rooms/member.js";
const ROOM_PRESENCE = "rooms/room-presence.js";
const CLIENT_ROOMS = "session/client-rooms.js";

/** Two nets below the rooms' cursors: batches have to meet them, and clients take no entry twice, nor miss one. */
const UNCHECKED: readonly Replacement[] = [
  { file: MEMBER, find: "if (this.cursor !== batch.previous)", put: "if (false)" },
  { file: CLIENT_ROOMS, find: "if (frame.offset <= room.cursor)", put: "if (false)" },
  { file: CLIENT_ROOMS, find: "if (before > room.cursor)", put: "if (false)" },
];

/** Each rule of `sessions.md` and `rooms.md` that looks fussy, taken away. */
export const MUTANTS: readonly Mutant[] = [
  {
    without: "OPEN says what the server had acknowledged, and a revived session goes on from there",
    world: "kills",
    replacements: [
      {
        file: ADMISSION,
        find: "const start = { received: open.acked, sent: open.received };",
        put: "const start = { received: 0, sent: open.received };",
      },
    ],
  },
  {
    without: "the client's first frame after OPENED adopts, and nothing does before",
    world: "cuts only",
    replacements: [
      {
        file: "server/opening-frames.js",
        find: "this.#sayOpened(answer);",
        put: `this.#sayOpened(answer);
            this.#stopWaiting();
            const adopted = this.#server.adopt(answer, this.#connection, this.#peer, this.#identity);
            if (adopted === undefined) this.#end();
            else this.#connection.receiver = adopted;`,
      },
    ],
  },
  {
    without: "a revived session numbers on from what its client had received",
    world: "kills",
    replacements: [
      {
        file: ADMISSION,
        find: "const start = { received: open.acked, sent: open.received };",
        put: "const start = { received: open.acked, sent: 0 };",
      },
    ],
  },
  {
    without: "ended stays ended: a tombstone is committed before CLOSE",
    world: "bye and kills",
    replacements: [
      {
        file: "runtime/tombstones.js",
        find: 'await store.put(id, { kind: "tombstone", close }, recordLifeMs(limits));',
        put: "await close;",
      },
    ],
  },
  {
    without: "a framed connection never stops being read",
    world: "cuts and burst",
    replacements: [
      {
        file: "runtime/framed-core.js",
        find: "this.inbox.push(new ReceivedMessage(this, frame, frame.sequence, frame.wantsReply));",
        put: `this.inbox.push(new ReceivedMessage(this, frame, frame.sequence, frame.wantsReply));
        if (this.role === "server" && this.inbox.length > 3) this.outlet?.pause();`,
      },
      {
        file: CORE,
        find: "if (messages > 0 || last > machine.processed)",
        put: `if (inbox.length <= 3) this.outlet?.resume();
        if (messages > 0 || last > machine.processed)`,
      },
    ],
  },
  {
    without: "sends that do not belong to a message take none of its keys",
    world: "kills and timers",
    replacements: [
      {
        file: "rooms/publisher.js",
        find: "const turn = sender === undefined ? undefined : this.#env.context?.current();",
        put: "const turn = sender?.run.firstTurn;",
      },
    ],
  },
  {
    without: "a handler that runs again does not speak twice",
    world: "handler restarts",
    replacements: [
      {
        file: "runtime/grants.js",
        find: "const grant = this.#grants.get(turn.sequence);",
        put: "const grant = undefined;",
      },
    ],
  },
  {
    without: "append, record, wire: nothing leaves before the record that contains it is committed",
    world: "durable kills",
    replacements: [
      {
        file: SERVER,
        find: "return this.#horizon?.sent ?? this.sending.last;",
        put: "return this.sending.last;",
      },
      {
        file: SERVER,
        find: "const until = this.#horizon?.processed ?? this.processed;",
        put: "const until = this.processed;",
      },
    ],
  },
  {
    without: "session.state commits with the acknowledgement",
    world: "durable kills",
    replacements: [{ file: CORE, find: "state: this.#committedState,", put: "state: this.stateText," }],
  },
  {
    without: "a restarted handler finds session.state as it was",
    world: "handler restarts",
    replacements: [{ file: CORE, find: "this.stateText = this.#committedState;", put: "" }],
  },
  {
    without: "copies of a client are told apart",
    world: "clones",
    replacements: [
      {
        file: ADMISSION,
        find: "if (behind || machine.pastInstances.includes(open.instance)) {",
        put: "if (false) {",
      },
      {
        file: ADMISSION,
        find: "return !movedOn && !current.pastInstances.includes(open.instance);",
        put: "return true;",
      },
      {
        file: CLIENT,
        find: "else if (received > this.last || this.checksumAt(received) !== frame.checksum) {",
        put: "else if (false) {",
      },
    ],
  },
  {
    without: "CLOSE and its answer carry what was sent and received",
    world: "kick",
    replacements: [
      {
        file: "session/machine.js",
        find: "if (answer !== undefined && answer.received > this.sending.acknowledged)",
        put: "if (false)",
      },
      { file: "session/machine.js", find: "answer?.sent ?? this.received", put: "this.received" },
    ],
  },
  {
    without: "a page stops at what was last flushed to live members",
    world: "late followers",
    replacements: [
      { file: MEMBER, find: "while (end > start && entries[end - 1].offset > until)", put: "while (false)" },
      ...UNCHECKED,
    ],
  },
  {
    without: "a member is behind until it has reached what live members were given",
    world: "late followers",
    replacements: [{ file: MEMBER, find: "return this.cursor >= this.#room.flushed;", put: "return true;" }],
  },
  {
    without: "a member is live at what was flushed, not at what was heard of",
    world: "late followers",
    replacements: [
      {
        file: MEMBER,
        find: "return this.cursor >= this.#room.flushed;",
        put: "return this.cursor >= this.#room.followed;",
      },
      { file: MEMBER, find: "const until = this.#room.flushed;", put: "const until = this.#room.followed;" },
      ...UNCHECKED,
    ],
  },
  {
    without: "resuming makes every member behind, whatever it was",
    world: "slow readers",
    replacements: [
      {
        file: MEMBER,
        find: `onResumed(listed) {
        this.#room.removeLive(this);`,
        put: "onResumed(listed) {",
      },
    ],
  },
  {
    without: "an entry is taken that begins before the cursor and ends after it",
    world: "skipping offsets",
    replacements: [{ file: CLIENT_ROOMS, find: "if (before > room.cursor)", put: "if (before !== room.cursor)" }],
  },
  {
    without: "a room that the client did not list goes on from what it had acknowledged",
    world: "slow readers",
    replacements: [
      {
        file: MEMBER,
        find: "const cursor = trusted === undefined ? this.acknowledged :",
        put: "const cursor = trusted === undefined ? this.cursor :",
      },
    ],
  },
  {
    without: "a session whose end has begun is not there any more",
    world: "presence",
    replacements: [{ file: ROOM_PRESENCE, find: "if (isEnding || run === undefined)", put: "if (run === undefined)" }],
  },
  {
    without: "one who was in the room before the server was killed is back, and is noticed when its handler runs",
    world: "presence, durable",
    replacements: [
      {
        file: CORE,
        find: `this.#env.start(this);
        this.machine.rooms.presenceChanged();`,
        put: "this.#env.start(this);",
      },
    ],
  },
];
