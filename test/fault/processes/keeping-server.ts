// Servers that keep their rooms in a folder, and say in them what their clients' messages ask for.

import { subscribe } from "node:diagnostics_channel";
import { type Diagnostic, type Server, type Session, serve, sqlite } from "bowline";
import { offer } from "../../programs/offer.ts";
import { answerTo, GREETING, questionAt, ROOMS, sayingsFor } from "../exactly-once/sayings.ts";
import type { Heard } from "../exactly-once/testimony.ts";

const PAGE = 1_000;

let servers: readonly Server[];

// Nothing is to go wrong: whoever started this shows it.
for (const name of ["handler-error", "key-mismatch", "room-error", "store-error"] satisfies Diagnostic["name"][]) {
  subscribe(`bowline:${name}`, (event) => console.error(event));
}

async function handle(session: Session): Promise<void> {
  const client = Number(session.identity);
  const joined = await Promise.all(ROOMS.map((room) => session.join(room, { after: 0 })));
  const rooms = new Map(joined.map((room) => [room.name, room]));
  await session.send(GREETING);
  for await (const message of session) {
    const n = Number(message.text());
    const handled = Number(session.state ?? 0) + 1;
    session.state = handled;
    await Promise.all(sayingsFor(client, n).map(({ room, text }) => rooms.get(room)?.send(text)));
    const question = questionAt(n);
    if (question !== undefined) {
      const reply = await session.request(question);
      if (reply.text() !== question) throw new Error(`the reply to ${question} was ${reply.text()}`);
    }
    await session.send(answerTo(n, handled));
  }
}

const functions = {
  /** Starts two servers over one broker: at each port, one whose sessions are durable, or not. */
  async start(folder: string, ports: readonly number[]): Promise<readonly number[]> {
    const broker = sqlite(folder);
    servers = await Promise.all(
      [false, true].map((durable, index) =>
        serve(
          {
            port: ports[index],
            broker,
            durable,
            authenticate: ({ credential }) => ({ identity: credential }),
            limits: { maxEventLoopDelayMs: 60_000 },
          },
          handle,
        ),
      ),
    );
    return servers.map(({ address }) => address.port);
  },

  /** All that was ever said in a room. */
  async log(name: string): Promise<readonly Heard[]> {
    const room = (servers[0] as Server).room(name);
    const log: Heard[] = [];
    for (;;) {
      const page = await room.history({ after: log.at(-1)?.offset ?? 0, limit: PAGE });
      log.push(...page.map((entry) => ({ offset: entry.offset, text: entry.text() })));
      if (page.length === 0) return log;
    }
  },
};
export type KeepingServer = typeof functions;

offer(functions);
