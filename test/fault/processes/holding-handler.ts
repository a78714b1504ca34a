// A handler that takes its time where it is asked to, for `bowline serve`.

import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "bowline";

const HOLD_MS = 500;

export default async function hold(session: Session): Promise<void> {
  for await (const message of session) {
    const text = message.text();
    if (text === "hold") await delay(HOLD_MS);
    await session.send(`done with ${text}`);
  }
}
