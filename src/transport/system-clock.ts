import type { Clock } from "../runtime/deadlines.ts";

/** Real time. Its timers keep no process alive: what is worth waiting for has a socket, or an owner, that does. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
