import type { ClientMachine } from "./client-machine.ts";
import type { UnacknowledgedMessage } from "./client-outbox.ts";
import type { RoomCursor } from "./close-info.ts";

// A client's session in a store. Pages load this when they first keep one.

/** What a client needs to go on after a reload: everything that OPEN says. */
export interface ClientSnapshot {
  readonly id: string;
  readonly token: string;
  readonly taken: number;
  readonly cursors: readonly RoomCursor[];
  readonly acknowledged: number;
  /** CRC-32 of the payloads up to the last one acknowledged. */
  readonly checksum: number;
  readonly outbox: readonly UnacknowledgedMessage[];
}

/** What to store so that a reloaded client can go on. */
export function snapshotOf(machine: ClientMachine): ClientSnapshot {
  const { id, token, processed: taken, rooms, acked: acknowledged, checksum, messages } = machine;
  return { id, token, taken, cursors: rooms.cursors(), acknowledged, checksum, outbox: [...messages] };
}

/** Makes a machine that has not dialed yet go on from there. */
export function restore(machine: ClientMachine, snapshot: ClientSnapshot): void {
  const { id, token, taken, cursors, acknowledged, checksum, outbox } = snapshot;
  machine.id = id;
  machine.token = token;
  machine.received = machine.processed = taken;
  machine.rooms.follow(cursors);
  machine.acked = acknowledged;
  machine.checksum = checksum;
  for (const message of outbox) machine.push(message);
}

/** A store has this much; `undefined`: there is none any more. Nothing beyond it goes on the wire. */
export function onKept(machine: ClientMachine, snapshot: ClientSnapshot | undefined): void {
  machine.kept = snapshot && { sent: snapshot.acknowledged + snapshot.outbox.length, taken: snapshot.taken };
  machine.outlet?.flush();
  machine.acknowledgeSoon();
}
