// A client that says 1, 2, 3, … and checks that it hears 1, 2, 3, …, until it is told to stop.

import { setImmediate as nextTurn } from "node:timers/promises";
import { type ClientSession, type CloseInfo, connect } from "bowline/client";
import { offer } from "../../programs/offer.ts";

const LAST = "that was all";

let session: ClientSession;
let heard = 0;
let fault: string | undefined;
let isStopping = false;
let saying: Promise<number>;
let hearing: Promise<void>;

async function say(): Promise<number> {
  for (let said = 1; ; said += 1) {
    await session.send(`${said}`);
    if (isStopping) return said;
    if (said % 3 === 0) await nextTurn();
  }
}

async function hear(): Promise<void> {
  for await (const message of session) {
    const text = message.text();
    if (text === LAST) return;
    heard += 1;
    if (text !== `${heard}`) fault ??= `${text} came as number ${heard}`;
  }
}

const functions = {
  async start(url: string): Promise<string> {
    session = await connect(url);
    saying = say();
    hearing = hear();
    return session.id;
  },

  /** Says no more; resolves with the ending when both sides have said and heard all. */
  async stop(): Promise<{ said: number; heard: number; fault: string | undefined; info: CloseInfo }> {
    isStopping = true;
    const said = await saying;
    await session.send(LAST);
    await hearing;
    return { said, heard, fault, info: await session.closed };
  },
};
export type CountingClient = typeof functions;

offer(functions);
