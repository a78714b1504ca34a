import type { ServerSession } from "../../src/runtime/public-sessions.ts";
import type { Room } from "../../src/runtime/room.ts";
import type { Stage } from "./stage.ts";

/** What one message asks of its handler. It is all in the message, so that a handler which runs again does the same. */
export interface Task {
  /** Who wrote it, and which of his messages it is, from 1. */
  readonly from: string;
  readonly number: number;
  /** How many entries the handler sends to rooms, and how many messages back. */
  readonly entries: number;
  readonly replies: number;
  /** The handler asks the client back before it answers. */
  readonly asks: boolean;
  /** The handler returns afterwards. */
  readonly isLast: boolean;
  /** Makes it large, and what comes of it, too. */
  readonly ballast: string;
}

/** A text with its ballast; and without. */
function load(text: string, task: Task): string {
  return task.ballast === "" ? text : `${text}|${task.ballast}`;
}

export function unload(text: string): string {
  return text.split("|", 1)[0] as string;
}

export function nameOf(task: Task): string {
  return `${task.from}#${task.number}`;
}

/** The room of a task's entry. */
export function roomOf(task: Task, entry: number): string {
  return (task.number + entry) % 2 === 0 ? "B" : "A";
}

/** What a handler does for a task, in order. */
type Act = { readonly room: string; readonly text: string } | { readonly reply: string };

function actsOf(task: Task): Act[] {
  const acts: Act[] = [];
  const name = nameOf(task);
  for (let entry = 0; entry < task.entries; entry += 1) {
    acts.push({ room: roomOf(task, entry), text: load(`${name}/${entry}`, task) });
  }
  for (let reply = 0; reply < task.replies; reply += 1) {
    acts.splice((reply * 7 + task.number) % (acts.length + 1), 0, { reply: `${name}>${reply}` });
  }
  return acts;
}

/** One run of the simulated server's handler: greets, then does what it is asked, a little at a time. */
export async function converse(stage: Stage, session: ServerSession): Promise<void> {
  stage.truth.handlerStarted(session.id);
  const work = stage.worker();
  await work();
  const rooms = { A: await untilItWorks(stage, () => session.join("A")), B: session.room("B") };
  // From the middle of nowhere: where offsets skip, that is between two entries.
  if (stage.world.skips) await untilItWorks(stage, () => session.join("B", { after: 7 }));
  if (stage.world.timers) stage.broadcast(rooms.B, 40);
  await enter(stage, rooms.A, `${session.id}/join`);
  await work();
  await session.send(`${session.id}/hello`);
  for await (const message of session) {
    const task = message.json() as Task;
    const handled = ((session.state as number | undefined) ?? 0) + 1;
    session.state = handled;
    await work();
    if (task.asks) {
      const answer = await session.request(`${nameOf(task)}?`);
      await session.send(`${nameOf(task)} heard ${answer.text()}`);
    }
    for (const act of actsOf(task)) {
      await work();
      if ("reply" in act) await session.send(load(`${act.reply}@${handled}`, task));
      else await enter(stage, act.room === "A" ? rooms.A : rooms.B, act.text);
    }
    if (message.wantsReply) await message.reply(`${nameOf(task)}!`);
    if (task.isLast) return;
  }
}

/** Sends to a room. Where that may fail, it is sent under a name, so that doing it again does nothing twice. */
function enter(stage: Stage, room: Room, text: string): Promise<void> {
  if (!stage.world.storeFailures) return room.send(text);
  return untilItWorks(stage, () => room.send(text, { key: text }));
}

async function untilItWorks<T>(stage: Stage, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!stage.world.storeFailures) throw error;
      await stage.slowness.pause(5);
    }
  }
}
