import type { Diagnostic } from "../../src/runtime/ports.ts";
import type { CloseInfo } from "../../src/session/close-info.ts";
import { Violations } from "./violations.ts";

/** What was seen from outside, and what was wrong the moment it was seen. */
export class Truth {
  readonly violations = new Violations();
  /** Sessions whose end is on record. */
  readonly ended = new Set<string>();
  /** The server's obituaries. */
  readonly obituaries = new Map<string, CloseInfo>();
  readonly diagnostics: Diagnostic[] = [];
  /** Sessions whose handler has started. */
  readonly started = new Set<string>();

  handlerStarted(sessionId: string): void {
    this.started.add(sessionId);
    if (this.ended.has(sessionId)) this.violations.add("an ended session's handler ran again", sessionId);
  }

  note(diagnostics: readonly Diagnostic[]): void {
    this.diagnostics.push(...diagnostics);
    for (const event of diagnostics) {
      if (event.name === "session-closed" && event.peer.address !== "memory:") {
        this.obituaries.set(event.info.sessionId, event.info);
      }
    }
  }
}
