import { endsSession } from "../../src/protocol/close-codes.ts";
import type { Diagnostic } from "../../src/runtime/ports.ts";
import { Violations } from "./violations.ts";

/** What was seen while it happened, and what was wrong the moment it was seen. */
export class Truth {
  readonly violations = new Violations();
  /** What servers and clients have published so far. */
  readonly diagnostics: readonly Diagnostic[];
  /** Sessions whose handler has started. */
  readonly started = new Set<string>();

  constructor(diagnostics: readonly Diagnostic[]) {
    this.diagnostics = diagnostics;
  }

  handlerStarted(sessionId: string): void {
    this.started.add(sessionId);
    if (this.diagnostics.some((event) => isEndOf(sessionId, event))) {
      this.violations.add("an ended session's handler ran again", sessionId);
    }
  }
}

/** Whether somebody who must know says that the session has ended: the server, or a client that was told so. */
function isEndOf(sessionId: string, event: Diagnostic): boolean {
  if (event.name !== "session-closed" || event.info.sessionId !== sessionId) return false;
  if (!endsSession(event.info.code)) return false;
  return event.info.confirmed || !isOfClient(event);
}

export function isOfClient(event: Extract<Diagnostic, { readonly name: "session-closed" }>): boolean {
  return event.peer.address === "memory:";
}
