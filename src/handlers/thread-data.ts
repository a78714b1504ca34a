import type { MessagePort } from "node:worker_threads";
import type { Limits } from "../session/limits.ts";
import type { LaneEnds } from "./lane.ts";

/** What a thread of handlers is given when it starts. */
export interface ThreadData {
  /** The module whose default export is the handler. */
  readonly module: string;
  readonly limits: Limits;
  readonly toThread: LaneEnds;
  readonly toServer: LaneEnds;
  readonly answers: MessagePort;
  readonly pulse: SharedArrayBuffer;
  readonly beatMs: number;
}

/** What a thread says when it can begin; everything else that it posts only wakes. */
export const READY = "ready";

/** Under this name, the code that hangs can be asked from outside what it is handling. */
export const RUNNING = "__bowlineRunning";

/** The session and the message whose handling is named. */
export interface Running {
  readonly run: number;
  readonly message: number;
}
