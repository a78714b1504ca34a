import { type Channel, channel } from "node:diagnostics_channel";
import type { Diagnostic, Emit } from "../runtime/ports.ts";

/**
 * Publishes what happens on the diagnostics channel of its name, after the prefix, when somebody subscribes to that.
 *
 * Servers publish under `bowline:`, clients under `bowline:client:`: one process may be both.
 */
export function publisher(prefix: string): Emit {
  const channels = new Map<Diagnostic["name"], Channel>();
  return (event) => {
    let found = channels.get(event.name);
    if (found === undefined) {
      found = channel(`${prefix}${event.name}`);
      channels.set(event.name, found);
    }
    if (found.hasSubscribers) found.publish(event);
  };
}
