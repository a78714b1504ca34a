import { subscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import type { CloseInfo, Message } from "bowline/client";

/** Is told what happens on the line. */
export type Trace = (what: string) => void;

/** Writes to standard error, with the time. What the client itself has to tell comes along. */
export function traceToStandardError(): Trace {
  const trace: Trace = (what) => console.error(`${new Date().toISOString()} ${what}`);
  for (const name of ["late-reply", "store-error", "connection-error"]) {
    subscribe(`bowline:client:${name}`, (event) => trace(`${name} ${inspect(event, { breakLength: Infinity })}`));
  }
  return trace;
}

export function describeReceived({ sequence, room, offset, byteLength, gap, wantsReply }: Message): string {
  const place = room === undefined ? `message ${sequence}` : `${room} ${offset ?? "(not logged)"}`;
  if (gap !== undefined) return `<- ${room ?? "conversation"}: gap ${gap.from} to ${gap.to}, ${gap.reason}`;
  return `<- ${place}, ${byteLength} bytes${wantsReply ? ", wants a reply" : ""}`;
}

export function describeEnd({
  code,
  name,
  reason,
  by,
  confirmed,
  fromClient,
  fromServer,
  connections,
}: CloseInfo): string {
  const figures = { reason, by, confirmed, fromClient, fromServer, connections };
  return `closed: ${name} (${code}) ${inspect(figures, { breakLength: Infinity })}`;
}
