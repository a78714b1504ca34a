// A handler that uses all of a session, as its client asks.

import { GapError, type Message, RoomError, type Session, SessionClosedError } from "bowline";

/** What the client says, and what then happens. The first word is the name. */
const WAYS: { readonly [way: string]: (session: Session, message: Message, rest: string) => unknown } = {
  echo: (session, message) => session.send(message.isText ? message.text() : message.bytes()),
  json: (session) => session.send({ a: [1, { b: "ü" }] }),
  many: async (session, _, rest) => {
    for (let index = 0; index < Number(rest); index += 1) await session.send(`${index}`);
  },
  "many-unawaited": (session, _, rest) => {
    for (let index = 0; index < Number(rest); index += 1) void session.send(`${index}`);
  },
  big: (session, _, rest) => session.send(new Uint8Array(Number(rest)).fill(7)),
  "too-big": async (session) => {
    const error = await session.send("x".repeat(2_000_000)).catch((thrown: unknown) => thrown);
    await session.send(`${error instanceof RangeError} ${(error as Error).message}`);
  },
  "no-message": async (session) => {
    try {
      await session.send(new Map() as never);
    } catch (error) {
      await session.send(`${error instanceof TypeError}`);
    }
  },
  who: (session) => {
    const { id, origin, identity, restarted, peer, status, lineEnding } = session;
    const { form, address } = peer;
    return session.send({ id, origin, identity, restarted, form, address, status, lineEnding });
  },
  state: async (session, _, rest) => {
    const before = session.state;
    session.state = { value: rest };
    await session.send({ before: before ?? "none", after: session.state });
  },
  "big-state": async (session) => {
    try {
      session.state = "x".repeat(70_000);
    } catch (error) {
      await session.send(`${error instanceof RangeError}`);
    }
  },
  ask: async (session) => {
    const reply = await session.request({ question: "name?" });
    await session.send(`you are ${reply.text()}`);
  },
  "ask-and-give-up": async (session) => {
    const controller = new AbortController();
    const asked = session.request("silence", { signal: controller.signal });
    controller.abort(new Error("no patience"));
    await session.send(await asked.then(String, (error: Error) => error.message));
  },
  flush: async (session) => {
    await session.send("flushing");
    await session.flush();
    await session.send("flushed");
  },
  join: async (session, _, rest) => {
    const room = await session.join(rest, { last: 2 });
    await session.send(`joined ${room.name}`);
  },
  say: async (session, _, rest) => {
    const [room = "", ...words] = rest.split(" ");
    await session.room(room).send(words.join(" "));
    await session.send("said");
  },
  "say-with-text": async (session, _, rest) => {
    await session.room(rest).send({ rich: true }, { text: "plain" });
    await session.room(rest).send("fleeting", { ephemeral: true });
    await session.room(rest).send(new Uint8Array([1, 2, 3]));
    await session.send("said");
  },
  "say-once": async (session, _, rest) => {
    await session.room(rest).send("once", { key: "k" });
    await session.room(rest).send("once", { key: "k" });
    await session.send("said");
  },
  history: async (session, _, rest) => {
    const entries = await session.room(rest).history({ limit: 10 });
    await session.send(entries.map((entry) => (entry.isText ? entry.text() : [...entry.bytes()])));
  },
  members: async (session, _, rest) => {
    const members = session.room(rest).members();
    await session.send(members.map(({ sessionId, identity, away }) => [sessionId, identity, away]));
  },
  leave: async (session, _, rest) => {
    await session.room(rest).leave();
    await session.send("left");
  },
  "bad-room": async (session) => {
    const error = await session.join("x".repeat(300)).catch((thrown: unknown) => thrown);
    let thrown: unknown;
    try {
      session.room("");
    } catch (failure) {
      thrown = failure;
    }
    await session.send(`${error instanceof RoomError} ${(error as Error).name} ${thrown instanceof RoomError}`);
  },
  "room-too-big": (session, _, rest) => void session.room(rest).send("x".repeat(2_000_000)),
  second: async (session) => {
    const first = session.receive();
    const second = await session.receive().catch((error: Error) => error.name);
    await session.send(`${second}`);
    await session.send(`then ${(await first)?.text()}`);
  },
  signalled: (session) => {
    const { signal } = session;
    const told = session.room("told");
    signal.addEventListener("abort", () => {
      const { code } = signal.reason as SessionClosedError;
      void told.send(`aborted ${signal.reason instanceof SessionClosedError} ${code}`);
    });
    void session.closed.then((info) => told.send(`closed ${info.code} ${info.reason} by ${info.by}`));
    return session.send("ready");
  },
  close: (session, _, rest) => void session.close({ code: 4900, reason: rest }),
  "close-badly": async (session) => {
    try {
      void session.close({ code: 1001 });
    } catch (error) {
      await session.send(`${error instanceof RangeError}`);
    }
  },
  throw: () => {
    throw new GapError("on purpose");
  },
  never: () => new Promise(() => {}),
};

export default async function handle(session: Session): Promise<void> {
  const told = session.room("told");
  session.onstatuschange = () => void told.send(session.status).catch(() => {});
  try {
    for await (const message of session) {
      if (!message.isText) {
        await session.send(message.bytes());
        continue;
      }
      const [way = "", ...rest] = message.text().split(" ");
      if (way === "return") return;
      const known = WAYS[way];
      if (message.wantsReply) await message.reply(`re: ${message.text()}`);
      else await (known === undefined ? session.send(message.text()) : known(session, message, rest.join(" ")));
    }
  } finally {
    await told.send(`over ${session.id}`);
  }
}
