// A server that does what its clients ask for, by their first message, with every limit at its default.

import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type Message, type Session, serve } from "bowline";
import { offer } from "../../programs/offer.ts";

const ROOMS = 256;
const ENTRIES = 50;
const ENTRY = "x".repeat(1_000);

const server = await serve(
  {
    port: 0,
    // It takes a moment, as asking a database does.
    authenticate: async ({ credential = "" }) => {
      await delay(20);
      return credential === "bad" ? undefined : { identity: credential.slice(0, 10) };
    },
  },
  async (session) => {
    const [doing = "", size] = ((await session.receive())?.text() ?? "").split(" ");
    await (handlers[doing] ?? echo)(session, "x".repeat(Number(size ?? 0)));
  },
);

type Handler = (session: Session, text: string) => Promise<void>;

const handlers: { readonly [doing: string]: Handler } = {
  async answer(session, text) {
    for await (const message of session) await message.reply(text);
  },
  /** Takes what comes at once, and answers a while later, as who asks a database does. */
  async gather(session, text) {
    const waiting: Message[] = [];
    const answering = setInterval(() => {
      for (const message of waiting.splice(0)) void message.reply(text);
    }, 20);
    session.signal.addEventListener("abort", () => clearInterval(answering));
    for await (const message of session) waiting.push(message);
  },
  async push(session, text) {
    for (;;) await session.send(text);
  },
  async hold(session) {
    await session.closed;
  },
  async join(session) {
    for (let room = 0; room < ROOMS; room += 1) await session.join(`room ${room}`, { last: ENTRIES });
    for await (const _ of session);
  },
  async history(session) {
    for await (const _ of session) {
      const entries = await session.room("room 0").history({ limit: 1_000 });
      await session.send(entries.map((entry) => entry.text()).join());
    }
  },
};

async function echo(session: Session): Promise<void> {
  for await (const message of session) await session.send(message.text());
}

/** The connections, as Node tells of them. */
const sockets = new Set<Socket>();
subscribe("net.server.socket", (message) => sockets.add((message as { readonly socket: Socket }).socket));

function forgetThoseThatAreGone(): void {
  for (const socket of sockets) if (socket.destroyed) sockets.delete(socket);
}

const functions = {
  port: () => server.address.port,

  /** Gives all rooms a history. */
  async fill(): Promise<void> {
    for (let room = 0; room < ROOMS; room += 1) {
      const sent = Array.from({ length: ENTRIES }, () => server.room(`room ${room}`).send(ENTRY));
      await Promise.all(sent);
    }
  },

  /** Ends all sessions but those of this identity; says how many these are. */
  kickAllBut(identity: string): number {
    let kept = 0;
    for (const session of server.sessions) {
      if (session.identity === identity) kept += 1;
      else void session.close({ code: 4012 });
    }
    return kept;
  },

  sessions: () => server.sessions.size,

  /** How many connections there are on which just so many bytes have been read. */
  connectionsThatSaid(bytes: number): number {
    forgetThoseThatAreGone();
    return [...sockets].filter(({ bytesRead }) => bytesRead === bytes).length;
  },

  /** What the heap and the buffers outside of it hold, after full garbage collections. */
  async heldBytes(): Promise<number> {
    forgetThoseThatAreGone();
    for (let round = 0; round < 4; round += 1) {
      globalThis.gc?.();
      // What is outside of the heap is let go of after the collection that found it.
      await new Promise((resolve) => setImmediate(resolve));
    }
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};
export type AttackedServer = typeof functions;

offer(functions);
