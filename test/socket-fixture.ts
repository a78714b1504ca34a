import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type Clock, Deadlines } from "../src/runtime/deadlines.ts";
import { type Limits, resolveLimits } from "../src/session/limits.ts";
import type { TransportEnvironment } from "../src/transport/environment.ts";
import { FlushList } from "../src/transport/flush-list.ts";
import { SOCKET_OPTIONS } from "../src/transport/socket-owner.ts";
import { systemClock } from "../src/transport/system-clock.ts";
import { Traffic } from "../src/transport/traffic.ts";

/** What connections under test share. */
export function transportEnvironment(limits: Partial<Limits> = {}, clock: Clock = systemClock): TransportEnvironment {
  return {
    clock,
    limits: resolveLimits(limits),
    deadlines: new Deadlines(clock),
    flushes: new FlushList(clock),
    traffic: new Traffic(),
  };
}

/** Both ends of one TCP connection. */
export interface SocketPair extends AsyncDisposable {
  readonly server: Socket;
  readonly client: Socket;
}

export async function socketPair(): Promise<SocketPair> {
  const listener = createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  const client = connect({ port, host: "127.0.0.1", ...SOCKET_OPTIONS });
  const [server] = (await once(listener, "connection")) as [Socket];
  if (client.connecting) await once(client, "connect");
  listener.close();
  client.pause();
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      server.destroy();
      client.destroy();
    },
  };
}
