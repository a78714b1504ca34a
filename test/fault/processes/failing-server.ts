// A server whose handlers fail, each in the way that its client asks for.

import { subscribe } from "node:diagnostics_channel";
import { type CloseInfo, type ServeOptions, type Session, serve } from "bowline";
import { offer } from "../../programs/offer.ts";

/** What no client may ever see. */
const SECRET = "the password is swordfish";

function fail(): never {
  throw new Error(SECRET);
}

async function failLater(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  fail();
}

async function echo(session: Session): Promise<void> {
  for await (const message of session) await session.send(message.text());
}

/** What handlers do with their first message. */
const WAYS: { readonly [way: string]: (session: Session) => unknown } = {
  "fail at once": fail,
  "fail later": failLater,
  "reject with nothing": () => Promise.reject(),
  "forget a promise": (session) => {
    void failLater();
    return echo(session);
  },
  "fail in a timer's promise": (session) => {
    setTimeout(failLater, 1);
    return echo(session);
  },
  "fail in a timer": (session) => {
    setTimeout(fail, 1);
    return echo(session);
  },
  "return at once": () => {},
  "return after another": async (session) => void (await session.receive()),
  "return never": () => new Promise(() => {}),
  echo,
};

const endings = new Map<string, CloseInfo>();
let onEnding: () => void = () => {};
const errors = new Map<string, unknown>();
const aborted = new Set<string>();

subscribe("bowline:session-closed", (event) => {
  const { info } = event as { info: CloseInfo };
  endings.set(info.sessionId, info);
  onEnding();
});
subscribe("bowline:handler-error", (event) => {
  const { sessionId, error } = event as { sessionId: string; error: unknown };
  errors.set(sessionId, error);
});

// Not an async function: what it throws at once has no promise around it.
function handle(session: Session): unknown {
  session.signal.addEventListener("abort", () => aborted.add(session.id));
  if (session.identity === "fails before it is a promise") fail();
  return session.receive().then((message) => WAYS[message?.text() ?? "return at once"]?.(session));
}

let sessions: Iterable<Session>;

const functions = {
  async start(options: ServeOptions): Promise<number> {
    const server = await serve(
      { port: 0, ...options, authenticate: ({ credential }) => ({ identity: credential }) },
      handle,
    );
    sessions = server.sessions;
    return server.address.port;
  },

  /** How a session has ended here, as soon as it has. */
  async ending(id: string): Promise<CloseInfo> {
    for (;;) {
      const ending = endings.get(id);
      if (ending !== undefined) return ending;
      await new Promise<void>((resolve) => {
        onEnding = resolve;
      });
    }
  },
  error: (id: string) => String((errors.get(id) as Error | undefined)?.stack),
  hasAborted: (id: string) => aborted.has(id),
  sessions: () => [...sessions].map(({ id }) => id),
};
export type FailingServer = typeof functions;

offer(functions);
