import type { ClientSession } from "../runtime/public-sessions.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Connector } from "./connector.ts";
import type { Platform, Target } from "./ports.ts";
import type { OpenStore } from "./store.ts";

/** Opens a session on connections of this target; goes on with the one in the store, if there is one. */
export async function connectTo(
  target: Target,
  platform: Platform,
  options: ConnectOptions = {},
): Promise<ClientSession> {
  options.signal?.throwIfAborted();
  let store: OpenStore | undefined;
  try {
    store = await options.store?.open();
  } catch (error) {
    // Better a session that does not survive a reload than none.
    platform.emit({ name: "store-error", sessionId: "", error });
  }
  let connector: Connector;
  try {
    options.signal?.throwIfAborted();
    connector = new Connector(target, platform, options, store);
  } catch (error) {
    store?.close();
    throw error;
  }
  return connector.opened;
}
