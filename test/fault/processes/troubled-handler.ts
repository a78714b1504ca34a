// A handler that answers, counts and keeps a log, exactly once; and that does what it should not, when it is told to.

import { pbkdf2Sync } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import type { Session } from "bowline";

const LOG = "log";
const FOREVER = new Promise(() => {});

/** What comes out here was said by nobody's handler. */
const nobody = new MessageChannel();
nobody.port2.on("message", (words: string) => {
  throw new Error(words);
});
nobody.port2.unref();

const WAYS: { readonly [way: string]: (session: Session) => unknown } = {
  throw: () => {
    throw new Error("on purpose");
  },
  "throw in a timer": () => {
    setTimeout(() => {
      throw new Error("on purpose, later");
    }, 1);
    return FOREVER;
  },
  "forget a promise": () => {
    void Promise.reject(new Error("forgotten"));
    return FOREVER;
  },
  "fail in nobody's name": () => nobody.port1.postMessage("nobody's"),
  "fail in nobody's name, every time": () => {
    nobody.port1.postMessage("poison");
    return FOREVER;
  },
  spin: async (session) => {
    await session.send("accepted");
    for (;;);
  },
  "spin in promises": async () => {
    for (;;) await undefined;
  },
  "spin in a timer": () => {
    setTimeout(() => {
      for (;;);
    }, 1);
  },
  "compute natively": () => {
    // A second or two, in which nothing can be asked.
    pbkdf2Sync("secret", "salt", 2_000_000, 64, "sha512");
  },
  "fill the heap": () => {
    const all: object[] = [];
    // Not arrays of a thousand: Node 24 itself gives up when those fill a thread's heap.
    for (;;) all.push({ number: all.length, text: `number ${all.length}`, list: [1, 2, 3] });
  },
  exit: () => process.exit(3),
};

export default async function handle(session: Session): Promise<void> {
  const log = session.room(LOG);
  let welcomed = false;
  for await (const message of session) {
    if (!welcomed) {
      welcomed = true;
      if (session.restarted > 0) await log.send(`restarted ${session.id}`, { ephemeral: true });
    }
    const text = message.text();
    await WAYS[text]?.(session);
    const { count } = (session.state ?? { count: 0 }) as { count: number };
    session.state = { count: count + 1 };
    await log.send(`${session.id} ${text}`);
    await session.send(`${text} is number ${count + 1}`);
    // The next is asked for a little later, so that now and then a thread ends in the middle of a message.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
