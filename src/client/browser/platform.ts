import type { Platform } from "../ports.ts";
import { loadStores } from "./lazy-stores.ts";

/** Moments at which a network may have come back. */
const WAKE_UP_EVENTS = ["online", "pageshow", "visibilitychange"];

/** A page, or a worker of one. */
export const page: Platform = {
  clock: {
    now: () => performance.now(),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimer: (timer) => clearTimeout(timer as number),
  },
  emit: () => {},
  random: Math.random,
  onWakeUp(callback, signal) {
    for (const event of WAKE_UP_EVENTS) addEventListener(event, callback, { signal });
  },
  loadKeeper: loadStores,
};
