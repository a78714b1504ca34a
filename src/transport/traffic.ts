import type { WireForm } from "../session/ports.ts";

/** What passes through the connections of one server, or of one client. Each counts for itself. */
export class Traffic {
  bytesIn = 0;
  bytesOut = 0;
  /** Connections that are open now. */
  readonly connections: { [Form in WireForm]: number } = { bowline: 0, "bowline-websocket": 0, websocket: 0, lines: 0 };
}
