/**
 * Every state of a session and every way from one to another, the same for both roles. A server's machine goes by this
 * table. A client's has no state of its own to keep in step with it: a connection, an ending and whether there ever was a
 * connection say where it is.
 *
 * `docs/architecture.md` carries the diagram that `stateDiagram()` draws of this table; a test keeps them equal.
 */
export type SessionState = "connecting" | "open" | "detached" | "closing" | "leaving" | "closed";

/**
 * - `adopted`: a connection carries the session now (the first, a resumed one, or one that took over);
 * - `lost`: the connection under it is gone;
 * - `ending`: somebody decided to end it; what is in flight is still being acknowledged;
 * - `over`: nothing more can happen: the close was answered, refused, or timed out.
 */
export type SessionEvent = "adopted" | "lost" | "ending" | "over";

const TRANSITIONS: { readonly [From in SessionState]: { readonly [On in SessionEvent]?: SessionState } } = {
  // The client's first dial. A server's session does not exist before its first adoption.
  connecting: { adopted: "open", ending: "leaving", over: "closed" },
  open: { adopted: "open", lost: "detached", ending: "closing", over: "closed" },
  detached: { adopted: "open", ending: "leaving", over: "closed" },
  // Ending with a connection: what was sent is being acknowledged, then CLOSE is said and answered.
  closing: { adopted: "closing", lost: "leaving", over: "closed" },
  // Ending without one: the peer hears of it if it comes back in time, and from the tombstone afterwards.
  leaving: { adopted: "closing", over: "closed" },
  closed: {},
};

/** The state after `event`. Throws for an event that the table does not know in this state: a bug, not a peer's doing. */
export function transition(state: SessionState, event: SessionEvent): SessionState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`a session that is ${state} cannot take "${event}"`);
  return next;
}

/** The table as a Mermaid state diagram. */
export function stateDiagram(): string {
  const lines = ["stateDiagram-v2", "  [*] --> connecting: client", "  [*] --> open: server, at adoption"];
  for (const [from, events] of Object.entries(TRANSITIONS))
    for (const [event, to] of Object.entries(events)) lines.push(`  ${from} --> ${to}: ${event}`);
  return [...lines, "  closed --> [*]"].join("\n");
}
