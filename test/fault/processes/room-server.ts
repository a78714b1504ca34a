// A server with one room. A member's first message says what it is; "publisher" says what everybody else gets.

import { type Limits, memory, type Session, serve, sqlite } from "bowline";
import { offer } from "../../programs/offer.ts";

export const ROOM = "hall";

const { limits, maxLogBytes, folder } = JSON.parse(process.argv[2] ?? "") as {
  readonly limits: Partial<Limits>;
  readonly maxLogBytes: number;
  /** Where the log is kept; without one, in memory. */
  readonly folder?: string;
};
const retention = { maxBytes: maxLogBytes, maxEntries: 1_000_000 };
const FILLER = `#${"x".repeat(8_191)}`;
/** So often the event loop may go round before a send that waits counts as stuck. */
const PATIENCE_TURNS = 20;
const MESSAGES_A_TURN = 4;

const freezing = new Set<Session>();

const server = await serve(
  {
    port: 0,
    limits,
    broker: folder === undefined ? memory({ retention }) : sqlite(folder, { retention }),
  },
  async (session) => {
    const role = (await session.receive())?.text();
    if (role === "publisher") {
      const room = session.room(ROOM);
      for await (const message of session) void room.send(message.text());
      return;
    }
    if (role === "will freeze") freezing.add(session);
    await session.join(ROOM);
    await session.send("joined");
    for await (const _ of session);
  },
);

const room = server.room(ROOM);

const functions = {
  port: () => server.address.port,

  /** Says something to the room so many times, numbered from `first` on. */
  async publish(first: number, count: number, bytes: number): Promise<void> {
    for (let number = first; number < first + count; number += 1) {
      const head = `${number} 0 `;
      void room.send(head.padEnd(bytes, "x"));
      if (number % MESSAGES_A_TURN === 0) await turn();
    }
    await turn();
  },

  /** Sends to those who are about to freeze, each for itself, until nothing more leaves; says how much that was. */
  async fill(form: string): Promise<number> {
    const filled = await Promise.all([...freezing].filter(({ peer }) => peer.form === form).map(fillOne));
    return filled.reduce((sum, count) => sum + count, 0);
  },

  /** Milliseconds of CPU time, of all threads, so far. */
  cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },

  /** What the heap and the buffers outside of it hold, after a full garbage collection. */
  async heldBytes(): Promise<number> {
    globalThis.gc?.();
    // What is outside of the heap is let go of after the collection that found it.
    await turn();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};
export type RoomServer = typeof functions;

async function fillOne(session: Session): Promise<number> {
  for (let count = 1; ; count += 1) {
    let isAccepted = false;
    const accept = (): void => {
      isAccepted = true;
    };
    session.send(FILLER).then(accept, accept);
    for (let turns = 0; turns < PATIENCE_TURNS && !isAccepted; turns += 1) await turn();
    // It goes when the reader goes on; nobody waits for it here.
    if (!isAccepted) return count;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

offer(functions);
