import type { Clock } from "../runtime/deadlines.ts";
import type { Emit, Peer } from "../runtime/ports.ts";
import type { ClientConnection, ClientReceiver, Dialer } from "../session/client-ports.ts";
import type { CloseInfo } from "../session/close-info.ts";
import type { Credentials } from "./credentials.ts";
import type * as keeper from "./keeper.ts";

/** Where a session's connections come from. */
export interface Target {
  readonly peer: Peer;
  /**
   * Opens one connection, ready for frames. Rejects with the reason in a plain sentence. When the signal aborts, nobody
   * waits for it any more: a connection that is still made must be ended.
   */
  dial(receiver: ClientReceiver, signal: AbortSignal): Promise<ClientConnection>;
}

/** What the client takes from where it runs. */
export interface Platform {
  readonly clock: Clock;
  readonly emit: Emit;
  /** From 0 up to 1. */
  random(): number;
  /** Calls back when the network may be there again, until the signal aborts. */
  onWakeUp(callback: () => void, signal: AbortSignal): void;
  /** What keeps sessions in stores, which few do: pages load it when one is first kept. */
  loadKeeper(): Promise<Pick<typeof keeper, "open">>;
}

/** What keeps a session connected, kept and awake. */
export interface Line extends Dialer {
  readonly target: Target;
  readonly platform: Platform;
  readonly credentials: Credentials;
  onClosed(info: CloseInfo): void;
}
