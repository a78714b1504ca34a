import type { Tombstone } from "../session/admission.ts";
import { recordLifeMs } from "../session/record.ts";
import type { Clock } from "./deadlines.ts";
import type { Emit, SessionStore } from "./ports.ts";

/** How often a store that fails is asked again while a close waits. */
const TRIES = 10;

/** Where tombstones are kept, and for how long it is tried. */
export interface TombstoneEnvironment {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly store: SessionStore;
  readonly limits: { readonly closeTimeoutMs: number; readonly resumeWindowMs: number };
}

/**
 * Commits a session's tombstone, so that a resume gets the same CLOSE again. A store that fails is asked again for
 * `closeTimeoutMs`, since a session without a tombstone may come back to life; then the session closes without.
 */
export async function commitTombstone(env: TombstoneEnvironment, id: string, close: Tombstone): Promise<void> {
  const { clock, emit, store, limits } = env;
  const until = clock.now() + limits.closeTimeoutMs;
  for (;;) {
    try {
      // Longer than any token is good, and by so much that setting a clock does not change that.
      await store.put(id, { kind: "tombstone", close }, recordLifeMs(limits));
      return;
    } catch (error) {
      emit({ name: "store-error", sessionId: id, error });
    }
    if (clock.now() >= until) return;
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, limits.closeTimeoutMs / TRIES);
    });
  }
}
