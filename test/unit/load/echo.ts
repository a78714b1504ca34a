import type { ServeOptions } from "bowline";
import { serve } from "bowline";
import type { Target } from "../../../src/load/target.ts";

/** A server that sends every message back, or has a room, until the block ends. */
export async function startServer(
  work: "echo" | "room",
  options: ServeOptions = {},
): Promise<{ readonly target: Target; readonly received: () => number } & AsyncDisposable> {
  const server = await serve({ port: 0, host: "127.0.0.1", ...options }, async (session) => {
    if (work === "room") {
      const room = await session.join("room");
      for await (const message of session) await room.send(message.text());
    } else {
      for await (const message of session) await session.send(message.text());
    }
  });
  return {
    target: { host: "127.0.0.1", port: server.address.port, isSecure: false, path: "/" },
    received: () => server.metrics().messagesIn,
    [Symbol.asyncDispose]: () => server.close({ drainTimeoutMs: 0 }),
  };
}
