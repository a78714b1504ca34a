import type { Result } from "./results.ts";
import { type Row, ratioOf, type Spread, spreadOf } from "./table.ts";

/** What was set out to be reached, as a ratio of the first column of one of a workload's tables. */
interface Goal {
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
  { workload: "pingpong", table: 0, of: [LINES], to: "bare net", atMost: 1.2 },
  { workload: "pingpong", table: 0, of: [SESSIONS], to: "bare net", atMost: 1.5 },
  { workload: "pingpong", table: 0, of: [SESSIONS], to: "Socket.IO", atMost: 0.33 },
  { workload: "pingpong", table: 0, of: [WEBSOCKET], to: "ws", atMost: 0.75 },
  { workload: "pipeline", table: 0, of: ALL, to: "bare net", atMost: 1.5 },
  { workload: "pipeline", table: 0, of: ALL, to: "ws", atMost: 0.1 },
  { workload: "pipeline", table: 0, of: ALL, to: "uWebSockets.js", atMost: 1 },
  { workload: "fanout", table: 0, of: ALL, to: "bare net", atMost: 1.1 },
  { workload: "fanout", table: 0, of: ALL, to: "ws", atMost: 1 },
  { workload: "fanout", table: 0, of: ALL, to: "Socket.IO", atMost: 1 },
  { workload: "fanout", table: 0, of: ALL, to: "nats-server", atMost: 1 },
  { workload: "fanout", table: 0, of: ALL, to: "Mosquitto", atMost: 1 },
  { workload: "fanout", table: 1, of: ALL, to: "C, epoll", atMost: 1.5 },
  { workload: "fanout", table: 1, of: ALL, to: "uWebSockets.js", atMost: 0.2 },
  { workload: "fanout", table: 1, of: ALL, to: "nats-server", atMost: 0.5 },
  { workload: "idle", table: 0, of: [LINES, WEBSOCKET], to: "ws", atMost: 1 },
  { workload: "idle", table: 0, of: [SESSIONS], atMost: 8_192 },
  { workload: "connect", table: 0, of: [LINES], to: "bare net", atMost: 1.3 },
];

/** What became of a goal. */
export interface Outcome {
  readonly workload: string;
  /** The table's title. */
  readonly title: string;
  readonly candidate: string;
  readonly to: string | undefined;
  readonly atMost: number;
  readonly found: Spread;
  readonly isReached: boolean;
}

/** Of every goal whose candidates were measured. */
export function outcomesOf(results: readonly Result[]): Outcome[] {
  return GOALS.flatMap(({ workload, table: index, of, to, atMost }) => {
    const table = results.find((result) => result.workload === workload)?.tables[index];
    const key = table?.columns[0]?.key;
    if (table === undefined || key === undefined) return [];
    const rowOf = (name: string): Row | undefined => table.rows.find((row) => row.name === name);
    return of.flatMap((candidate) => {
      const row = rowOf(candidate);
      const base = to === undefined ? row : rowOf(to);
      if (row === undefined || base === undefined) return [];
      const found = to === undefined ? spreadOf(row.samples[key] ?? []) : ratioOf(row, base, key);
      return [{ workload, title: table.title, candidate, to, atMost, found, isReached: found.median <= atMost }];
    });
  });
}
