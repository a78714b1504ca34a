import { asyncMessageContext } from "../../src/handlers/message-context.ts";
import type { Sendable } from "../../src/runtime/message.ts";
import type { RoomJoiner, RoomSession } from "../../src/runtime/ports.ts";
import { never } from "../../src/runtime/reader.ts";
import type { Room } from "../../src/runtime/room.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { ServerRun } from "../../src/testing/server-run.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** The logs of all rooms: append with keys, some time later. They survive the server. */
export class RoomLog {
  readonly entries: { readonly room: string; readonly text: string }[] = [];
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #keys = new Set<string>();
  #epoch = 0;

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  async append(room: string, key: string | undefined, text: string): Promise<void> {
    const epoch = this.#epoch;
    await this.#clock.sleep(this.#random.between(0.5, 4));
    if (epoch !== this.#epoch && this.#random.chance(0.5)) return;
    if (key === undefined || !this.#keys.has(key)) this.entries.push({ room, text });
    if (key !== undefined) this.#keys.add(key);
    await this.#clock.sleep(this.#random.between(0, 1));
  }

  kill(): void {
    this.#epoch += 1;
  }
}

export function roomsOver(log: () => RoomLog, server: ServerRun): RoomJoiner {
  const room = (session: RoomSession, run: object, name: string): Room => ({
    name,
    send: (data: Sendable) => {
      if (session.run !== run || server.isDead) return never();
      const current = asyncMessageContext.current();
      const turn = current?.run === run && !current.isWaiting ? current : undefined;
      const message = turn?.message;
      const key = turn && `${session.id}/${turn.sequence}/${name}/${turn.countRoomSend(name)}`;
      if (message !== undefined) message.unsettled += 1;
      const sent = server.whileAlive(log().append(name, key, data as string));
      return sent.then(() => {
        if (session.run !== run) return never();
        if (message !== undefined) message.unsettled -= 1;
        session.settle();
        return undefined;
      });
    },
    history: () => Promise.resolve([]),
    members: () => [],
    leave: () => Promise.resolve(),
  });
  return {
    join: (session, run, name) => Promise.resolve(room(session, run, name)),
    room,
    restore: () => {},
    leaveAll: () => {},
  };
}
