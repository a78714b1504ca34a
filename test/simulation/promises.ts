import { endsSession } from "../../src/protocol/close-codes.ts";
import type { CloseInfo } from "../../src/session/close-info.ts";
import { nameOf, roomOf, type Task } from "./conversation.ts";
import type { HeardEntry, SimulatedClient } from "./simulated-client.ts";
import { isOfClient, type Truth } from "./truth.ts";
import type { Violations } from "./violations.ts";
import type { World } from "./worlds.ts";

/** Codes with which a session may end here, when both sides keep to the rules. */
const NORMAL = 1000;
const PEACEFUL = [NORMAL, 3000, 4012];
const REPLACED = 4000;
const EXPIRED = 4004;

/** A room's log as it was in the end, oldest first. */
type Log = readonly { readonly offset: number; readonly text: string }[];

/** Everything that was seen of a run. */
export interface Seen {
  readonly world: World;
  /** Closing waits until everything has arrived. */
  readonly isPatient: boolean;
  readonly truth: Truth;
  readonly clients: readonly SimulatedClient[];
  readonly logs: { readonly A: Log; readonly B: Log };
  /** The sessions that the server has in the end. */
  readonly sessions: readonly SeenSession[];
}

interface SeenSession {
  readonly id: string;
  readonly isEnding: boolean;
  readonly sent: number;
  readonly acknowledged: number;
}

/** Holds what was seen against what was promised. Knows nothing of how the product does it. */
export function judge(seen: Seen): Violations {
  const { violations } = seen.truth;
  judgeLogs(seen, violations);
  for (const client of seen.clients) {
    judgeConversation(seen, client, violations);
    for (const room of ["A", "B"] as const) judgeEntries(seen, client, room, violations);
    judgeEnd(seen, client, violations);
    judgeProgress(seen, client, violations);
  }
  judgeSessions(seen, violations);
  judgeObituaries(seen, violations);
  return violations;
}

function judgeLogs({ world, logs, clients }: Seen, violations: Violations): void {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const room of ["A", "B"] as const) {
    for (const { text } of logs[room]) {
      const entry = `${room} ${text}`;
      if (seen.has(entry)) violations.add("a room's entry is there twice", entry);
      seen.add(entry);
      const match = /^(.+)#(\d+)\/(\d+)$/.exec(text);
      if (match === null) continue;
      const order = Number(match[2]) * 10 + Number(match[3]);
      const of = `${room} ${match[1]}`;
      if (order <= (last.get(of) ?? -1)) violations.add("a room's order is broken for one client", entry);
      last.set(of, order);
    }
  }
  if (world.trims) return;
  for (const client of clients) {
    for (const task of delivered(world, client)) {
      for (let index = 0; index < task.entries; index += 1) {
        const entry = `${roomOf(task, index)} ${nameOf(task)}/${index}`;
        if (!seen.has(entry)) violations.add("an acknowledged message lacks its room entry (silent loss)", entry);
      }
    }
  }
}

/** Each room's entries reach each client once, in order, and what does not is a gap, which says so. */
function judgeEntries(
  { world, logs, truth }: Seen,
  client: SimulatedClient,
  room: "A" | "B",
  violations: Violations,
): void {
  const heard = client.entries.get(room);
  if (heard === undefined || client.isCopied) return;
  const log = logs[room];
  let cursor: number | undefined;
  for (const one of heard) {
    if ("gap" in one) {
      const { from, to, reason } = one.gap;
      if (!world.trims)
        violations.add("a gap in a room that keeps everything", `${client.name} ${from}-${to} ${reason}`);
      if (to > 0) cursor = Math.max(cursor ?? 0, to);
      continue;
    }
    const where = `${client.name} in ${room}: ${one.offset} after ${cursor}`;
    if (cursor !== undefined && one.offset <= cursor) violations.add("a room's entry came twice, or late", where);
    const missing = cursor === undefined ? undefined : log.find(({ offset }) => offset > (cursor as number));
    if (missing !== undefined && missing.offset < one.offset) violations.add("a room's entry was lost silently", where);
    cursor = one.offset;
  }
  if (room === "A" && !world.kills && !world.drains) judgeOwnEntry(client, heard, truth, violations);
  const head = log.at(-1)?.offset ?? 0;
  if (client.info === undefined && (cursor ?? 0) < head) {
    violations.add("a member never caught up", `${client.name} in ${room}: ${cursor} of ${head}`);
  }
}

/** Who joins and then says so hears himself, or of a gap. (Who joins anew after a kill comes after what he had said.) */
function judgeOwnEntry(
  client: SimulatedClient,
  heard: readonly HeardEntry[],
  truth: Truth,
  violations: Violations,
): void {
  const id = client.session?.id ?? "";
  if (client.info !== undefined || !truth.started.has(id)) return;
  const isThere = heard.some((one) => "gap" in one || one.text === `${id}/join`);
  if (!isThere) violations.add("a room's entry was lost silently", `${client.name} lacks its own ${id}/join`);
}

/** Whether a server may be followed by one that knows nothing of its sessions. */
function forgets(world: World): boolean {
  return (world.kills === true || world.drains === true) && world.durable !== true;
}

/** What the client was told is delivered: acknowledged, or not among what its obituary hands back. */
function delivered(world: World, client: SimulatedClient): Task[] {
  const { info } = client;
  if (info === undefined || info.code === REPLACED || !info.confirmed) return client.acknowledged;
  // What a client that closed had sent before is still given to the handler, unless the server is killed meanwhile.
  if (info.by === "client" && world.kills) return client.acknowledged;
  const undelivered = new Set(info.undelivered.map(({ data }) => textOf(data)));
  return client.sent.filter((task) => !undelivered.has(JSON.stringify(task)));
}

function textOf(data: string | Uint8Array): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}

function judgeConversation({ world }: Seen, client: SimulatedClient, violations: Violations): void {
  let sinceGap = new Set<string>();
  const all = new Set<string>();
  let gaps = 0;
  // After an orderly end there may be nothing missing, and so no gap; and yet another server begins anew.
  const mayRepeat = world.drains && !world.durable;
  for (const heard of client.heard) {
    if ("gapAfter" in heard) {
      gaps += 1;
      sinceGap = new Set();
      continue;
    }
    const [text = "", count] = heard.text.split("@");
    if (sinceGap.has(text) && !mayRepeat)
      violations.add("stream 0: a message came twice", `${client.name} heard ${text}`);
    sinceGap.add(text);
    all.add(text);
    const number = /#(\d+)>/.exec(text)?.[1];
    if (count !== undefined && gaps === 0 && !mayRepeat && !client.isCopied && count !== number) {
      violations.add("session.state counted a message twice, or not at all", `${client.name} heard ${heard.text}`);
    }
  }
  if (gaps > 0 && !forgets(world)) violations.add("a gap, though nothing can be lost", client.name);
  if (gaps > 0 || client.isCopied || !isWhole(client.info)) return;
  for (const task of client.acknowledged) {
    for (let reply = 0; reply < task.replies; reply += 1) {
      const text = `${nameOf(task)}>${reply}`;
      if (!all.has(text)) violations.add("stream 0: a reply was lost without a gap", `${client.name} lacks ${text}`);
    }
    if (task.asks && !all.has(`${nameOf(task)} heard ${nameOf(task)}?!`)) {
      violations.add("stream 0: a request from the server went wrong", `${client.name} ${nameOf(task)}`);
    }
  }
  for (const [name, answer] of client.answers) {
    if (answer !== `${name}!`) violations.add("a request has no answer, or another's", `${name}: ${answer}`);
  }
}

/** Everything that the server sent has arrived, or still will. */
function isWhole(info: CloseInfo | undefined): boolean {
  return info === undefined || (info.confirmed && info.code === NORMAL && info.fromServer.undelivered === undefined);
}

function judgeEnd({ isPatient, world, truth }: Seen, client: SimulatedClient, violations: Violations): void {
  const { info, isCopied } = client;
  if (info === undefined) return;
  // Whoever stayed away for too long is told later how it had ended, and what it has missed.
  const isGivenUp = world.expires === true && obituariesOf(truth).get(info.sessionId)?.confirmed === false;
  // What a server that was killed had sent is lost, unless its sessions are durable.
  const mayLose = !isPatient || isGivenUp || forgets(world);
  if (info.code === NORMAL && info.confirmed && !mayLose && !isCopied) {
    const { undelivered } = info.by === "client" ? info.fromClient : info.fromServer;
    if (undelivered !== undefined) violations.add("a normal end came before what was sent", figures(info));
  }
  if (info.code === REPLACED) {
    if (!isCopied) violations.add("a client that nobody copied was told that it is replaced", client.name);
  } else if (!PEACEFUL.includes(info.code) && !(world.expires && info.code === EXPIRED)) {
    violations.add("a session died between correct peers", `${client.name}: ${info.code} ${info.reason}`);
  }
}

function judgeProgress({ world, sessions }: Seen, client: SimulatedClient, violations: Violations): void {
  const { info, made, total, acknowledged, name, session } = client;
  if (info !== undefined) return;
  const isStuck = !client.isDone || world.bye || world.hangUp;
  if (isStuck) {
    const how = `${name}: made ${made} of ${total}, ${acknowledged.length} acknowledged, ${session?.status ?? "never opened"}`;
    violations.add("no progress after the network healed (deadlock or livelock)", how);
  }
  const core = sessions.find(({ id }) => id === session?.id);
  if (core !== undefined && !core.isEnding && core.acknowledged < core.sent) {
    violations.add("the server's stream 0 never drained", `${name}: ${core.acknowledged} of ${core.sent}`);
  }
}

function judgeSessions({ sessions, clients, truth }: Seen, violations: Violations): void {
  const ids = new Set(clients.map(({ session }) => session?.id));
  for (const core of sessions) {
    if (!ids.has(core.id)) violations.add("a ghost session, whose handler ran for nobody", core.id);
  }
  for (const event of truth.diagnostics) {
    if (event.name === "handler-error") violations.add("a handler failed", String(event.error));
    if (event.name === "session-closed" && [1002, 1009].includes(event.info.code)) {
      violations.add("a protocol error between correct peers", `${event.info.sessionId}: ${event.info.reason}`);
    }
  }
}

/** What the servers say of how sessions ended, by the session's id. Who only let one go has not ended it. */
function obituariesOf({ diagnostics }: Truth): ReadonlyMap<string, CloseInfo> {
  const obituaries = new Map<string, CloseInfo>();
  for (const event of diagnostics) {
    if (event.name !== "session-closed" || isOfClient(event) || !endsSession(event.info.code)) continue;
    obituaries.set(event.info.sessionId, event.info);
  }
  return obituaries;
}

function judgeObituaries({ clients, truth }: Seen, violations: Violations): void {
  const obituaries = obituariesOf(truth);
  for (const { info, isCopied } of clients) {
    if (info === undefined || info.code === REPLACED || isCopied) continue;
    judgeUndelivered(info, violations);
    const server = obituaries.get(info.sessionId);
    if (server === undefined) continue;
    const isAgreed = info.confirmed && server.confirmed;
    if (isAgreed && figures(info) !== figures(server)) {
      violations.add("obituaries differ", `client ${figures(info)} server ${figures(server)}`);
    }
    if (!server.confirmed && server.fromServer.received > info.fromServer.received) {
      violations.add("an unconfirmed obituary is no upper bound", `client ${figures(info)} server ${figures(server)}`);
    }
    if (!info.confirmed && info.fromClient.received > server.fromClient.received) {
      violations.add("an unconfirmed obituary is no upper bound", `client ${figures(info)} server ${figures(server)}`);
    }
  }
}

function judgeUndelivered(info: CloseInfo, violations: Violations): void {
  const { undelivered } = info.fromClient;
  const count = undelivered === undefined ? 0 : undelivered.to - undelivered.from + 1;
  if (info.undelivered.length !== count) {
    violations.add(
      "what an obituary hands back is not what it says",
      `${info.undelivered.length} for ${figures(info)}`,
    );
  }
}

function figures({ sessionId, code, reason, by, fromClient, fromServer }: CloseInfo): string {
  const pair = (figure: CloseInfo["fromClient"]): string => `${figure.received}/${figure.sent}`;
  return `${sessionId} ${code} ${reason} by ${by}, from client ${pair(fromClient)}, from server ${pair(fromServer)}`;
}
