import { type ServeOptions, type Server, type Session, serve } from "../src/index.ts";

/** A server of this process that says everything back. */
export function serveEcho(options: ServeOptions = {}): Promise<Server> {
  return serve({ port: 0, ...options }, echo);
}

async function echo(session: Session): Promise<void> {
  for await (const message of session) await session.send(message.isText ? message.text() : message.bytes());
}
