import { setTimeout as delay } from "node:timers/promises";
import type { LoadClient } from "./load-client.ts";

/** A server that is silent for longer than this has lost something. */
const PATIENCE_MS = 10_000;
const QUIET_MS = 300;

/** What was done in which time. */
export interface Tally {
  /** Messages that were heard. */
  readonly messages: number;
  readonly elapsedMs: number;
}

/** For so long, each client says `inFlight` messages at once, and the next ones when all of them came back. */
export function exchange(clients: readonly LoadClient[], inFlight: number, forMs: number): Promise<Tally> {
  return run(clients, forMs, (elapsedMs, finish) => {
    let messages = 0;
    let busy = clients.length;
    for (const client of clients) {
      let missing = inFlight;
      client.onHeard = (count) => {
        messages += count;
        missing -= count;
        if (missing > 0) return;
        if (elapsedMs() < forMs) {
          missing += inFlight;
          client.say(inFlight);
          return;
        }
        busy -= 1;
        if (busy === 0) finish(messages);
      };
      client.say(inFlight);
    }
  });
}

/** For so long, one member says `burst` messages at once, and the next ones when every member has heard all of them. */
export function broadcast(members: readonly LoadClient[], burst: number, forMs: number): Promise<Tally> {
  return run(members, forMs, (elapsedMs, finish) => {
    const [speaker] = members;
    let messages = 0;
    let missing = 0;
    const say = (): void => {
      missing += burst * members.length;
      speaker?.say(burst);
    };
    const onHeard = (count: number): void => {
      messages += count;
      missing -= count;
      if (missing > 0) return;
      if (elapsedMs() < forMs) say();
      else finish(messages);
    };
    for (const member of members) member.onHeard = onHeard;
    say();
  });
}

/** Each client says one message; resolves when each has heard one. In a room, they hear more. */
export function greet(clients: readonly LoadClient[]): Promise<Tally> {
  return run(clients, 0, (_elapsedMs, finish) => {
    const silent = new Set(clients);
    if (silent.size === 0) finish(0);
    for (const client of clients) {
      client.onHeard = () => {
        if (silent.delete(client) && silent.size === 0) finish(clients.length);
      };
      client.say(1);
    }
  });
}

/** Resolves when nobody has heard anything for a moment, such as that others came into a room. */
export async function settle(clients: readonly LoadClient[]): Promise<void> {
  let isQuiet = false;
  for (const client of clients) {
    client.onHeard = () => {
      isQuiet = false;
    };
  }
  while (!isQuiet) {
    isQuiet = true;
    await delay(QUIET_MS);
  }
}

type Script = (elapsedMs: () => number, finish: (messages: number) => void) => void;

/** Rejects when a connection is lost, and when what was said does not come back. */
function run(clients: readonly LoadClient[], forMs: number, script: Script): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const elapsedMs = (): number => performance.now() - start;
    const fail = (error: Error): void => {
      clearTimeout(deadline);
      reject(error);
    };
    const late = (): void => fail(new Error(`messages did not come back within ${PATIENCE_MS} ms`));
    const deadline = setTimeout(late, forMs + PATIENCE_MS);
    for (const client of clients) client.onLost = fail;
    script(elapsedMs, (messages) => {
      clearTimeout(deadline);
      resolve({ messages, elapsedMs: elapsedMs() });
    });
  });
}
