import assert from "node:assert/strict";
import type { ServerSession } from "../src/runtime/public-sessions.ts";
import { type TestServerOptions, testServer } from "../src/testing/index.ts";
import type { TestServer } from "../src/testing/test-server.ts";
import { ScriptedClient } from "./scripted-client.ts";

export type Handler = (session: ServerSession) => unknown;

export async function echo(session: ServerSession): Promise<void> {
  for await (const message of session) await session.send(`echo ${message.text()}`);
}

/** Takes nothing. */
export async function wait(session: ServerSession): Promise<void> {
  await session.closed;
}

/** A server, and a client whose session on it is open. */
export async function opened(
  handler: Handler,
  options: TestServerOptions = {},
): Promise<{ server: TestServer; client: ScriptedClient }> {
  const server = await testServer(handler, options);
  const client = await ScriptedClient.dial(server);
  await client.open();
  await client.ack(0);
  return { server, client };
}

/** A new connection for the client's session, adopted. */
export async function again(
  server: TestServer,
  client: ScriptedClient,
  fields: Parameters<ScriptedClient["reopen"]>[1],
): Promise<ScriptedClient> {
  const next = await ScriptedClient.dial(server);
  await next.reopen(client.opened, fields);
  await next.ack(fields?.received ?? 0);
  return next;
}

/** How the first session ended, as the server has it. */
export function obituaryOf(server: TestServer) {
  const event = server.diagnostics.find((one) => one.name === "session-closed");
  assert.ok(event?.name === "session-closed");
  return event.info;
}
