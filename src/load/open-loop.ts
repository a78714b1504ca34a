import type { LoadClient } from "./load-client.ts";

/** How long what was said last may take to come back. */
const PATIENCE_MS = 10_000;

/** What was seen at a fixed rate, in milliseconds since the moment at which each message was due to be said. */
export interface Latencies {
  /** In ascending order. */
  readonly ms: Float64Array;
  /** How late the load itself was with a message, at worst; a part of the latencies. */
  readonly latestMs: number;
}

/**
 * Says messages at a fixed rate, whether or not the server keeps up, each client in its turn and each hearing its own.
 *
 * A server that stalls is charged for every message that was due meanwhile: there is no coordinated omission.
 */
export function exchangeAtRate(clients: readonly LoadClient[], perSecond: number, forMs: number): Promise<Latencies> {
  const count = Math.max(1, Math.round((perSecond * forMs) / 1_000));
  const due = clients.map(() => [] as number[]);
  const say = (index: number, dueAt: number): void => {
    const turn = index % clients.length;
    due[turn]?.push(dueAt);
    clients[turn]?.say(1);
  };
  return listen(clients, { count, perSecond, heard: count, say, dueOf: (client) => due[client]?.shift() });
}

/** The first member says messages at a fixed rate, and all members hear them. */
export function broadcastAtRate(members: readonly LoadClient[], perSecond: number, forMs: number): Promise<Latencies> {
  const count = Math.max(1, Math.round((perSecond * forMs) / 1_000));
  const due: number[] = [];
  const heard = members.map(() => 0);
  const say = (_index: number, dueAt: number): void => {
    due.push(dueAt);
    members[0]?.say(1);
  };
  const dueOf = (member: number): number | undefined => {
    const index = heard[member] ?? 0;
    heard[member] = index + 1;
    return due[index];
  };
  return listen(members, { count, perSecond, heard: count * members.length, say, dueOf });
}

interface Schedule {
  /** Messages to say, and messages that will be heard. */
  readonly count: number;
  readonly heard: number;
  readonly perSecond: number;
  readonly say: (index: number, dueAt: number) => void;
  /** When the next message that this client hears was due to be said. */
  readonly dueOf: (client: number) => number | undefined;
}

function listen(clients: readonly LoadClient[], schedule: Schedule): Promise<Latencies> {
  const { count, perSecond, heard, say, dueOf } = schedule;
  return new Promise((resolve, reject) => {
    const ms = new Float64Array(heard);
    const start = performance.now();
    let seen = 0;
    let said = 0;
    let latestMs = 0;
    const fail = (error: Error): void => {
      clearTimeout(deadline);
      reject(error);
    };
    const late = (): void => {
      fail(new Error(`${heard - seen} of ${heard} messages did not come back within ${PATIENCE_MS} ms`));
    };
    const deadline = setTimeout(late, (count * 1_000) / perSecond + PATIENCE_MS);
    for (const [index, client] of clients.entries()) {
      client.onLost = fail;
      client.onHeard = (messages) => {
        const now = performance.now();
        for (let left = messages; left > 0 && seen < heard; left -= 1) {
          ms[seen] = now - (dueOf(index) ?? now);
          seen += 1;
        }
        if (seen < heard) return;
        clearTimeout(deadline);
        resolve({ ms: ms.sort(), latestMs });
      };
    }
    // It looks at the clock all the time: timers are late by up to a millisecond, which is more than many latencies.
    const sayWhatIsDue = (): void => {
      const now = performance.now();
      for (; said < count; said += 1) {
        const dueAt = start + (said * 1_000) / perSecond;
        if (dueAt > now) break;
        latestMs = Math.max(latestMs, now - dueAt);
        say(said, dueAt);
      }
      if (said < count) setImmediate(sayWhatIsDue);
    };
    sayWhatIsDue();
  });
}

/** The latency that so many of a hundred messages stay within. */
export function percentile({ ms }: Latencies, percent: number): number {
  return ms[Math.min(ms.length - 1, Math.ceil((ms.length * percent) / 100) - 1)] ?? Number.NaN;
}
