import { type Channel, channel } from "node:diagnostics_channel";
import type { Diagnostic, Emit } from "../runtime/ports.ts";

const channels = new Map<Diagnostic["name"], Channel>();

/** Publishes what happens on the diagnostics channel `bowline:` and its name, when somebody subscribes to that. */
export const publish: Emit = (event) => {
  let found = channels.get(event.name);
  if (found === undefined) {
    found = channel(`bowline:${event.name}`);
    channels.set(event.name, found);
  }
  if (found.hasSubscribers) found.publish(event);
};
