import { once } from "node:events";
import type { Socket } from "node:net";
import { describe } from "node:test";
import { connect as connectTls, createSecureContext, TLSSocket } from "node:tls";
import { resolveLimits } from "../../src/session/limits.ts";
import { Link } from "../../src/testing/link.ts";
import { MemoryFrameConnection } from "../../src/testing/memory-frame-connection.ts";
import { MemoryLineConnection } from "../../src/testing/memory-line-connection.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { TransportEnvironment } from "../../src/transport/environment.ts";
import { LineConnection } from "../../src/transport/line-connection.ts";
import { SOCKET_OPTIONS } from "../../src/transport/socket-owner.ts";
import { TcpFrameConnection } from "../../src/transport/tcp-frame-connection.ts";
import { WebSocketFrameConnection } from "../../src/transport/websocket-frame-connection.ts";
import { WebSocketPlainConnection } from "../../src/transport/websocket-plain-connection.ts";
import { certificate, privateKey } from "../certificate.ts";
import { socketPair, transportEnvironment } from "../socket-fixture.ts";
import { type AnyConnection, type Connect, testPlainTransport, testTransport } from "./transport-suite.ts";

const DEADLINE_MS = 20_000;

type Make = new (
  socket: Socket,
  env: TransportEnvironment,
  role: "server" | "client",
) => AnyConnection & {
  start(): void;
};

/** A way between two sockets that passes bytes on in pieces of other sizes. */
async function cutUp(): Promise<{ client: Socket; server: Socket; dispose: () => void }> {
  const near = await socketPair();
  const far = await socketPair();
  const random = new SeededRandom(7);
  pump(near.server, far.client, random);
  pump(far.client, near.server, random);
  const sockets = [near.server, near.client, far.server, far.client];
  const dispose = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return { client: near.client, server: far.server, dispose };
}

function pump(from: Socket, to: Socket, random: SeededRandom): void {
  from.on("error", () => to.destroy());
  from.on("end", () => to.end());
  from.on("data", async (bytes: Buffer) => {
    from.pause();
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + 1 + Math.floor(random.fraction() ** 4 * 5_000));
      at += piece.length;
      await new Promise<void>((resolve) => to.write(piece, () => setImmediate(resolve)));
    }
    from.resume();
  });
  from.resume();
}

/** Connections of this kind on a pair of sockets. */
function onSockets(Kind: Make, isSecure = false): Connect {
  return async ({ isCutUp = false }) => {
    const env = transportEnvironment();
    const pair = isCutUp ? await cutUp() : await socketPair();
    const [clientSocket, serverSocket] = isSecure ? await secure(pair) : [pair.client, pair.server];
    const client = new Kind(clientSocket, env, "client");
    const server = new Kind(serverSocket, env, "server");
    return {
      client,
      server,
      start() {
        client.start();
        server.start();
      },
      async until(isDone, what) {
        const deadline = performance.now() + DEADLINE_MS;
        while (!isDone()) {
          if (performance.now() > deadline) throw new Error(`${what} did not come`);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
      freezeClient: () => void clientSocket.pause(),
      thawClient: () => void clientSocket.resume(),
      cut() {
        pair.client.resetAndDestroy();
        if (isCutUp) pair.server.resetAndDestroy();
      },
      async [Symbol.asyncDispose]() {
        clientSocket.destroy();
        serverSocket.destroy();
        if ("dispose" in pair) pair.dispose();
      },
    };
  };
}

async function secure(pair: { readonly client: Socket; readonly server: Socket }): Promise<[Socket, Socket]> {
  const secureContext = createSecureContext({ key: privateKey, cert: certificate });
  const server = new TLSSocket(pair.server, { ...SOCKET_OPTIONS, isServer: true, secureContext });
  const client = connectTls({ ...SOCKET_OPTIONS, socket: pair.client, rejectUnauthorized: false });
  await once(client, "secureConnect");
  return [client.pause(), server];
}

/** Connections of this kind in memory, in virtual time. */
function inMemory(Kind: typeof MemoryFrameConnection | typeof MemoryLineConnection): Connect {
  return async ({ isCutUp = false }) => {
    const clock = new VirtualClock();
    const conditions = { latencyMs: [0.5, 3] as const, splitChance: isCutUp ? 0.9 : 0.1, bufferBytes: 64 * 1024 };
    const make = (pipe: ConstructorParameters<typeof Kind>[0]) => new Kind(pipe, clock, resolveLimits());
    const link = new Link(clock, new SeededRandom(7), conditions, { client: make, server: make });
    return {
      client: link.client,
      server: link.server,
      start() {},
      async until(isDone, what) {
        if (!(await clock.advanceUntil(isDone, DEADLINE_MS))) throw new Error(`${what} did not come`);
      },
      freezeClient: () => link.freeze("client"),
      thawClient: () => link.thaw("client"),
      cut: () => link.cut(),
      async [Symbol.asyncDispose]() {
        link.cut();
      },
    };
  };
}

describe("frames on TCP", () => testTransport(onSockets(TcpFrameConnection)));
describe("frames on TLS", () => testTransport(onSockets(TcpFrameConnection, true)));
describe("frames on WebSocket", () => testTransport(onSockets(WebSocketFrameConnection)));
describe("frames on WebSocket on TLS", () => testTransport(onSockets(WebSocketFrameConnection, true)));
describe("lines on TCP", () => testPlainTransport(onSockets(LineConnection)));
describe("lines on TLS", () => testPlainTransport(onSockets(LineConnection, true)));
describe("bare WebSocket", () => testPlainTransport(onSockets(WebSocketPlainConnection)));
describe("bare WebSocket on TLS", () => testPlainTransport(onSockets(WebSocketPlainConnection, true)));
describe("frames in memory", () => testTransport(inMemory(MemoryFrameConnection)));
describe("lines in memory", () => testPlainTransport(inMemory(MemoryLineConnection)));
