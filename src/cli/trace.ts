import { subscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import type { ClientSession, CloseInfo, Message } from "bowline/client";
import { printable } from "./printable.ts";

/** Is told what happens on the line. */
export type Trace = (what: string) => void;

/** Writes to standard error, with the time. What the client itself has to tell comes along. */
export function traceToStandardError(): Trace {
  const trace: Trace = (what) => console.error(`${new Date().toISOString()} ${printable(what)}`);
  for (const name of ["late-reply", "store-error", "connection-error"]) {
    subscribe(`bowline:client:${name}`, (event) => trace(`${name} ${inspect(event, { breakLength: Infinity })}`));
  }
  return trace;
}

const ORIGINS = {
  new: "a new session",
  resumed: "the session goes on",
  revived: "the session goes on, on a server that was restarted",
};

export function describeStatus({ id, origin, peer, status }: ClientSession): string {
  const what = id === "" ? "plain lines" : `${ORIGINS[origin]}, ${id}`;
  return `${status}: ${what}, on ${peer.address}`;
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
