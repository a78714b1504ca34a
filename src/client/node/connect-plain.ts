import { Deadlines } from "../../runtime/deadlines.ts";
import { PlainCore } from "../../runtime/plain-core.ts";
import type { Environment } from "../../runtime/ports.ts";
import type { ClientSession } from "../../runtime/public-sessions.ts";
import { resolveLimits } from "../../session/limits.ts";
import { dialPlain } from "../../transport/dial.ts";
import { ConnectError } from "../errors.ts";
import type { NodeConnectOptions } from "./connect-options.ts";
import { PlainSession } from "./plain-session.ts";
import { node, transportFor } from "./platform.ts";

/** Opens a session over plain lines. It has one connection and ends with it. */
export async function connectPlain(url: URL, options: NodeConnectOptions): Promise<ClientSession> {
  const { signal, tls } = options;
  if (options.credential !== undefined) throw new TypeError("plain lines have no place for a credential");
  const limits = resolveLimits(options.limits);
  const env: Environment = {
    ...node,
    limits,
    deadlines: new Deadlines(node.clock),
    context: undefined,
    rooms: undefined,
  };
  const timeout = AbortSignal.timeout(limits.openTimeoutMs);
  const dialing = dialPlain(url, {
    env: transportFor(limits),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    tls,
  });
  const connection = await dialing.catch((cause: Error) => {
    signal?.throwIfAborted();
    const why = timeout.aborted ? `no connection within ${limits.openTimeoutMs} ms` : cause.message;
    throw new ConnectError(`cannot connect to ${url.href}: ${why}`, { cause });
  });
  const abort = (): void => void session.close();
  const onClosed = (): void => signal?.removeEventListener("abort", abort);
  const peer = { address: url.href, form: "lines", secure: url.protocol === "tls:", headers: {} } as const;
  const core = new PlainCore(env, peer, undefined, { id: "", role: "client", connection, onClosed });
  const session = new PlainSession(core);
  signal?.addEventListener("abort", abort, { once: true });
  connection.receiver = core;
  connection.start();
  return session;
}
