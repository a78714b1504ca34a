import type { Result } from "./results.ts";
import { type Row, ratioOf, type Spread, spreadOf } from "./table.ts";

/** What was set out to be reached, as a ratio of the first column of one of a workload's tables. */
interface Goal {
  readonly name: string;
  readonly workload: string;
  /** Its place among the workload's tables. */
  readonly table: number;
  readonly of: readonly string[];
  /** Whom the figure is divided by; without it, the figure itself is meant. */
  readonly to?: string;
  readonly atMost: number;
}

const LINES = "Bowline, lines";
const WEBSOCKET = "Bowline, WebSocket";
const SESSIONS = "Bowline sessions";
const ALL = [LINES, WEBSOCKET, SESSIONS, "Bowline sessions, WebSocket"];

const GOALS: readonly Goal[] = [
  { name: "ping-pong", workload: "pingpong", table: 0, of: [LINES], to: "bare net", atMost: 1.2 },
  { name: "ping-pong", workload: "pingpong", table: 0, of: [SESSIONS], to: "bare net", atMost: 1.5 },
  { name: "ping-pong", workload: "pingpong", table: 0, of: [SESSIONS], to: "Socket.IO", atMost: 0.33 },
  { name: "ping-pong", workload: "pingpong", table: 0, of: [WEBSOCKET], to: "ws", atMost: 0.75 },
  { name: "pipeline", workload: "pipeline", table: 0, of: ALL, to: "bare net", atMost: 1.5 },
  { name: "pipeline", workload: "pipeline", table: 0, of: ALL, to: "ws", atMost: 0.1 },
  { name: "pipeline", workload: "pipeline", table: 0, of: ALL, to: "uWebSockets.js", atMost: 1 },
  { name: "fan-out, one at a time", workload: "fanout", table: 0, of: ALL, to: "bare net", atMost: 1.1 },
  { name: "fan-out, one at a time", workload: "fanout", table: 0, of: ALL, to: "ws", atMost: 1 },
  { name: "fan-out, one at a time", workload: "fanout", table: 0, of: ALL, to: "Socket.IO", atMost: 1 },
  { name: "fan-out, one at a time", workload: "fanout", table: 0, of: ALL, to: "nats-server", atMost: 1 },
  { name: "fan-out, one at a time", workload: "fanout", table: 0, of: ALL, to: "Mosquitto", atMost: 1 },
  { name: "fan-out, bursts", workload: "fanout", table: 1, of: ALL, to: "C, epoll", atMost: 1.5 },
  { name: "fan-out, bursts", workload: "fanout", table: 1, of: ALL, to: "uWebSockets.js", atMost: 0.2 },
  { name: "fan-out, bursts", workload: "fanout", table: 1, of: ALL, to: "nats-server", atMost: 0.5 },
  { name: "idle", workload: "idle", table: 0, of: [LINES, WEBSOCKET], to: "ws", atMost: 1 },
  { name: "idle", workload: "idle", table: 0, of: [SESSIONS], atMost: 8_192 },
  { name: "connect", workload: "connect", table: 0, of: [LINES], to: "bare net", atMost: 1.3 },
];

/** What became of a goal. */
export interface Outcome {
  readonly name: string;
  readonly candidate: string;
  readonly to: string | undefined;
  readonly atMost: number;
  readonly found: Spread;
  readonly isReached: boolean;
}

/** Of every goal whose candidates were measured. */
export function outcomesOf(results: readonly Result[]): Outcome[] {
  return GOALS.flatMap(({ name, workload, table: index, of, to, atMost }) => {
    const table = results.find((result) => result.workload === workload)?.tables[index];
    const key = table?.columns[0]?.key;
    if (table === undefined || key === undefined) return [];
    const rowOf = (of: string): Row | undefined => table.rows.find((row) => row.name === of);
    return of.flatMap((candidate) => {
      const row = rowOf(candidate);
      const base = to === undefined ? row : rowOf(to);
      if (row === undefined || base === undefined) return [];
      const found = to === undefined ? spreadOf(row.samples[key] ?? []) : ratioOf(row, base, key);
      return [{ name, candidate, to, atMost, found, isReached: found.median <= atMost }];
    });
  });
}
