import type { ClientSession } from "../runtime/public-sessions.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Connector } from "./connector.ts";
import type { Keep } from "./keeper.ts";
import type { Platform, Target } from "./ports.ts";

/** Opens a session on connections of this target; goes on with the one in the store, if there is one. */
export async function connectTo(target: Target, platform: Platform, options: ConnectOptions): Promise<ClientSession> {
  let keep: Keep | undefined;
  try {
    keep = options.store && (await (await platform.loadKeeper()).open(options.store));
  } catch (error) {
    // Better a session that does not survive a reload than none.
    platform.emit({ name: "store-error", sessionId: "", error });
  }
  return new Connector(target, platform, options, keep).opened;
}
