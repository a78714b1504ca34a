import { frames, webSocketFrames } from "../src/load/frame-client.ts";
import { lines } from "../src/load/line-client.ts";
import type { Wire } from "../src/load/load-client.ts";
import { webSocket } from "../src/load/websocket-client.ts";
import {
  fromC,
  fromDebian,
  fromHere,
  fromNpm,
  installedVersion,
  type Program,
  python,
  uws,
  type Work,
} from "./programs.ts";
import { mqtt } from "./wires/mqtt-client.ts";
import { nats } from "./wires/nats-client.ts";
import { socketIo } from "./wires/socket-io-client.ts";

/** A server that takes part. */
export interface Candidate {
  readonly name: string;
  /** `limit`: what cannot be beaten, and what nobody would run. */
  readonly kind: "limit" | "peer" | "bowline";
  readonly wire: Wire;
  readonly works: readonly Work[];
  /** It has no session before it is told something. */
  readonly waitsForWords?: boolean;
  readonly program: Program;
}

const NODE = `Node ${process.version}`;
const bowline = fromHere("bowline", () => NODE);
const both = ["echo", "room"] as const;

export const CANDIDATES: readonly Candidate[] = [
  { name: "C, epoll", kind: "limit", wire: lines, works: both, program: fromC("epoll") },
  { name: "Python tutorial", kind: "peer", wire: lines, works: ["echo"], program: python("tutorial") },
  {
    name: "bare net",
    kind: "peer",
    wire: lines,
    works: both,
    program: fromHere("bare-net", () => NODE),
  },
  {
    name: "bare net, in a loop",
    kind: "peer",
    wire: lines,
    works: ["echo"],
    program: fromHere("bare-net-loop", () => NODE),
  },
  {
    name: "ws",
    kind: "peer",
    wire: webSocket,
    works: both,
    program: fromHere("ws", () => installedVersion("ws")),
  },
  { name: "Socket.IO", kind: "peer", wire: socketIo, works: both, program: fromNpm("socket-io", "socket.io") },
  {
    name: "uWebSockets.js",
    kind: "peer",
    wire: webSocket,
    works: both,
    program: uws("uws"),
  },
  {
    name: "nats-server",
    kind: "peer",
    wire: nats,
    works: ["room"],
    program: fromDebian("nats-server", "--version", (port) => ["-a", "127.0.0.1", "-p", `${port}`]),
  },
  {
    name: "Mosquitto",
    kind: "peer",
    wire: mqtt,
    works: ["room"],
    program: fromDebian("mosquitto", "-h", (port) => ["-p", `${port}`]),
  },
  { name: "Bowline, lines", kind: "bowline", wire: lines, works: both, waitsForWords: true, program: bowline },
  { name: "Bowline, WebSocket", kind: "bowline", wire: webSocket, works: both, program: bowline },
  { name: "Bowline sessions", kind: "bowline", wire: frames, works: both, program: bowline },
  { name: "Bowline sessions, WebSocket", kind: "bowline", wire: webSocketFrames, works: both, program: bowline },
];
