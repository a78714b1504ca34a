import type { CloseInfo } from "../../src/session/close-info.ts";
import { nameOf, roomOf, type Task } from "./conversation.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import type { Simulation } from "./simulation.ts";
import type { Violations } from "./violations.ts";

/** Codes with which a session may end here, when both sides keep to the rules. */
const PEACEFUL = [1000, 3000, 4012];
const REPLACED = 4000;

/** Holds what was seen against what was promised. Knows nothing of how the product does it. */
export function judge(simulation: Simulation): Violations {
  const { violations } = simulation.truth;
  judgeRooms(simulation, violations);
  for (const client of simulation.clients) {
    judgeConversation(simulation, client, violations);
    judgeEnd(simulation, client, violations);
    judgeProgress(simulation, client, violations);
  }
  judgeSessions(simulation, violations);
  judgeObituaries(simulation, violations);
  return violations;
}

function judgeRooms({ log, clients }: Simulation, violations: Violations): void {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const { room, text } of log.entries) {
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
  for (const client of clients) {
    for (const task of delivered(client)) {
      for (let index = 0; index < task.entries; index += 1) {
        const entry = `${roomOf(task, index)} ${nameOf(task)}/${index}`;
        if (!seen.has(entry)) violations.add("an acknowledged message lacks its room entry (silent loss)", entry);
      }
    }
  }
}

/** What the client was told is delivered: acknowledged, or not among what its obituary hands back. */
function delivered(client: SimulatedClient): Task[] {
  const { info } = client;
  if (info === undefined || info.code === REPLACED || !info.confirmed) return client.acknowledged;
  const undelivered = new Set(info.undelivered.map(({ data }) => textOf(data)));
  return client.sent.filter((task) => !undelivered.has(JSON.stringify(task)));
}

function textOf(data: string | Uint8Array): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}

function judgeConversation({ world }: Simulation, client: SimulatedClient, violations: Violations): void {
  let sinceGap = new Set<string>();
  const all = new Set<string>();
  let gaps = 0;
  for (const heard of client.heard) {
    if ("gapAfter" in heard) {
      gaps += 1;
      sinceGap = new Set();
      continue;
    }
    const [text = "", count] = heard.text.split("@");
    if (sinceGap.has(text)) violations.add("stream 0: a message came twice", `${client.name} heard ${text}`);
    sinceGap.add(text);
    all.add(text);
    const number = /#(\d+)>/.exec(text)?.[1];
    if (count !== undefined && gaps === 0 && !client.isCopied && count !== number) {
      violations.add("session.state counted a message twice, or not at all", `${client.name} heard ${heard.text}`);
    }
  }
  if (gaps > 0 && (world.durable || !world.kills)) violations.add("a gap, though nothing can be lost", client.name);
  const isWhole = gaps === 0 && !client.isCopied && client.info === undefined;
  if (!isWhole) return;
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

function judgeEnd({ truth }: Simulation, client: SimulatedClient, violations: Violations): void {
  const { info, isCopied } = client;
  if (info === undefined) return;
  if (info.code === REPLACED) {
    if (!isCopied) violations.add("a client that nobody copied was told that it is replaced", client.name);
  } else if (!PEACEFUL.includes(info.code)) {
    violations.add("a session died between correct peers", `${client.name}: ${info.code} ${info.reason}`);
  }
  if (!truth.ended.has(info.sessionId) && PEACEFUL.includes(info.code) && info.confirmed) {
    violations.add("a session ended without a tombstone", info.sessionId);
  }
}

function judgeProgress({ world, server }: Simulation, client: SimulatedClient, violations: Violations): void {
  const { info, made, total, acknowledged, name, session } = client;
  if (info !== undefined) return;
  const isStuck = !client.isDone || world.bye || world.hangUp;
  if (isStuck) {
    const how = `${name}: made ${made} of ${total}, ${acknowledged.length} acknowledged, ${session?.status ?? "never opened"}`;
    violations.add("no progress after the network healed (deadlock or livelock)", how);
  }
  const core = session === undefined ? undefined : server.run.server.get(session.id);
  if (core !== undefined && !core.isEnding && core.acknowledged < core.sent) {
    violations.add("the server's stream 0 never drained", `${name}: ${core.acknowledged} of ${core.sent}`);
  }
}

function judgeSessions({ server, clients, truth }: Simulation, violations: Violations): void {
  const ids = new Set(clients.map(({ session }) => session?.id));
  for (const core of server.run.server.sessions) {
    if (!ids.has(core.id)) violations.add("a ghost session, whose handler ran for nobody", core.id);
  }
  for (const event of truth.diagnostics) {
    if (event.name === "handler-error") violations.add("a handler failed", String(event.error));
    if (event.name === "session-closed" && [1002, 1009].includes(event.info.code)) {
      violations.add("a protocol error between correct peers", `${event.info.sessionId}: ${event.info.reason}`);
    }
  }
}

function judgeObituaries({ clients, truth }: Simulation, violations: Violations): void {
  for (const { info, isCopied } of clients) {
    if (info === undefined || info.code === REPLACED || isCopied) continue;
    judgeUndelivered(info, violations);
    const server = truth.obituaries.get(info.sessionId);
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
