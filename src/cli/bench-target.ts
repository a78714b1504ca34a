import { fork } from "node:child_process";
import { once } from "node:events";
import { frames, webSocketFrames } from "../load/frame-client.ts";
import { lines } from "../load/line-client.ts";
import type { Wire } from "../load/load-client.ts";
import { cpuMicrosOf } from "../load/process-meter.ts";
import type { Target } from "../load/target.ts";
import { webSocket } from "../load/websocket-client.ts";
import { Failure, UsageError } from "./failure.ts";
import { readServerUrl } from "./server-url.ts";

/** The server to load, and how it is spoken to. */
export interface Benched {
  readonly name: string;
  readonly wire: Wire;
  readonly target: Target;
  /** Where the server's process can be looked at. */
  readonly pid: number | undefined;
  stop(): void;
}

const DEFAULT_PORT = 8_000;
const PORTS: { readonly [protocol: string]: number } = { "ws:": 80, "wss:": 443 };
const SECURE = new Set(["bowlines:", "wss:", "tls:"]);

/** Reads the URL of a server that runs. Throws `UsageError`. */
export function readTarget(text: string, isBare: boolean, pid: number | undefined): Benched {
  const { href, protocol, hostname, port, pathname, search } = readServerUrl(text);
  if (isBare && !protocol.startsWith("ws")) throw new UsageError("--bare is for WebSocket: ws:// or wss://");
  if (pid !== undefined) checkProcess(pid);
  return {
    name: href,
    wire: wireOf(protocol, isBare),
    target: {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (PORTS[protocol] ?? DEFAULT_PORT) : Number(port),
      isSecure: SECURE.has(protocol),
      path: `${pathname}${search}`,
    },
    pid,
    stop: () => {},
  };
}

function wireOf(protocol: string, isBare: boolean): Wire {
  if (protocol === "tcp:" || protocol === "tls:") return lines;
  if (!protocol.startsWith("ws")) return frames;
  return isBare ? webSocket : webSocketFrames;
}

function checkProcess(pid: number): void {
  try {
    cpuMicrosOf(pid);
  } catch {
    throw new Failure(`process ${pid} cannot be looked at: that takes a process of this machine, on Linux`);
  }
}

/** Starts a server that sends messages back, or has a room, in a process of its own. */
export async function startOwn(work: "echo" | "room"): Promise<Benched> {
  const child = fork(new URL("./bench-server.js", import.meta.url), [work]);
  const [port] = (await once(child, "message")) as [number];
  const isLinux = process.platform === "linux";
  return {
    name: "a server of its own",
    wire: frames,
    target: { host: "127.0.0.1", port, isSecure: false, path: "/" },
    pid: isLinux ? child.pid : undefined,
    stop: () => child.disconnect(),
  };
}
