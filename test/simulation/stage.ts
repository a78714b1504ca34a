import type { BroadcastRoom } from "../../src/rooms/room-handle.ts";
import type { Limits } from "../../src/session/limits.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { TestServer } from "../../src/testing/test-server.ts";
import type { Slowness } from "./slowness.ts";
import type { Truth } from "./truth.ts";
import type { World } from "./worlds.ts";

/** Closing waits so long in one run, and in the next so short that it often does not wait long enough. */
const PATIENT_CLOSE_MS = 3_000;
const HASTY_CLOSE_MS = 60;
/** How long the server waits for clients where some stay away for longer. */
const SHORT_RESUME_WINDOW_MS = 150;
/** Below, at and above the number of clients. */
const PRESENCE_LIMITS = [200, 1, 3, 2];

/** Everything scaled down, so that windows fill and timeouts pass within one run. */
const LIMITS = {
  windowMessages: 8,
  windowBytes: 2_000,
  sessionWindowBytes: 6_000,
  ackDelayMs: 2,
  openTimeoutMs: 25,
  heartbeatMs: 60,
  resumeWindowMs: 20_000,
  requestTimeoutMs: 60_000,
} as const satisfies Partial<Limits>;

export type SimulatedLimits = { readonly [Name in keyof typeof LIMITS]: number } & Pick<
  Limits,
  "closeTimeoutMs" | "messagesPerSecond" | "presenceLimit"
>;

export function limitsOf(world: World, seed: number): SimulatedLimits {
  return {
    ...LIMITS,
    closeTimeoutMs: seed % 2 === 0 ? HASTY_CLOSE_MS : PATIENT_CLOSE_MS,
    resumeWindowMs: world.expires ? SHORT_RESUME_WINDOW_MS : LIMITS.resumeWindowMs,
    messagesPerSecond: world.rateLimited ? 20 : 0,
    presenceLimit: PRESENCE_LIMITS[seed % PRESENCE_LIMITS.length] as number,
  };
}

/** Whether every close waits until everything has arrived. */
export function isPatient(limits: SimulatedLimits): boolean {
  return limits.closeTimeoutMs === PATIENT_CLOSE_MS;
}

/** Where a simulation plays: what everybody in it shares. */
export interface Stage {
  readonly world: World;
  readonly limits: SimulatedLimits;
  readonly random: SeededRandom;
  readonly server: TestServer;
  readonly slowness: Slowness;
  readonly truth: Truth;
  /** Nothing goes wrong any more. */
  readonly isHealed: boolean;
  /** Nothing does any more that went wrong before. */
  readonly isCalm: boolean;
  /** For one run of a handler: what it does takes time, while its server lives. */
  worker(): () => Promise<void>;
  /** Work beside the loops of handlers: sends to the room now and then, as long as the server lives. */
  broadcast(room: Pick<BroadcastRoom, "send">, mostMs: number): void;
}
