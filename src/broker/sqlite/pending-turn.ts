import { type Appended, BrokerError, type NewEntry } from "../broker.ts";
import {
  type AppendResults,
  type Appends,
  FRESH,
  MISMATCH,
  type Outcome,
  type Request,
  TOO_MANY_ROOMS,
  type Turn,
  type TurnOutcome,
} from "./requests.ts";

/** Somebody who waits for an answer. */
export interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

export interface WaitingAppend extends Waiting<readonly Appended[]> {
  readonly room: string;
  readonly entries: readonly NewEntry[];
}

/** Hears of what is on disk, before those who appended it do. */
export type OnAppended = (append: WaitingAppend, appended: readonly Appended[], at: number) => void;

/** What was asked in one turn of the event loop, and who waits for it. */
export class PendingTurn {
  readonly #now: number;
  readonly #appends: WaitingAppend[] = [];
  readonly #requests: Request[] = [];
  readonly #asking: Waiting<unknown>[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  append(append: WaitingAppend): void {
    this.#appends.push(append);
  }

  ask(request: Request, waiting: Waiting<unknown>): void {
    this.#requests.push(request);
    this.#asking.push(waiting);
  }

  /** The turn as it is sent. */
  toTurn(isLast: boolean): Turn {
    const appends: Appends = [];
    for (const { room, entries } of this.#appends) {
      appends.push(room, entries.length);
      for (const { payload, text, key, keepKeyMs } of entries) {
        appends.push(typeof payload === "string" ? payload : alone(payload), text ?? null, key ?? null, keepKeyMs ?? 0);
      }
    }
    return { now: this.#now, appends, requests: this.#requests, isLast };
  }

  /** What was appended, for followers: they hear of it before anybody gets an answer. */
  settleAppends({ appends }: TurnOutcome, onAppended: OnAppended): void {
    if ("fault" in appends) {
      for (const { reject } of this.#appends) reject(new BrokerError(appends.fault));
      return;
    }
    let next = 0;
    for (const append of this.#appends) {
      const epoch = appends.value[next] as number;
      next += 1;
      if (epoch === TOO_MANY_ROOMS) {
        append.reject(new BrokerError("there are too many rooms (maxRooms)"));
        continue;
      }
      const appended = readAppended(epoch, appends.value, next, append.entries.length);
      next += 2 * append.entries.length;
      onAppended(append, appended, this.#now);
      append.resolve(appended);
    }
  }

  settleRequests({ requests }: TurnOutcome): void {
    for (const [index, outcome] of requests.entries()) settle(this.#asking[index], outcome);
  }

  fail(error: Error): void {
    for (const { reject } of this.#appends) reject(error);
    for (const { reject } of this.#asking) reject(error);
  }
}

function settle(waiting: Waiting<unknown> | undefined, outcome: Outcome<unknown>): void {
  if ("fault" in outcome) waiting?.reject(new BrokerError(outcome.fault));
  else waiting?.resolve(outcome.value);
}

function readAppended(epoch: number, results: AppendResults, from: number, count: number): Appended[] {
  const appended: Appended[] = [];
  for (let next = from; next < from + 2 * count; next += 2) {
    const kind = results[next + 1];
    appended.push({ epoch, offset: results[next] as number, isRepeat: kind !== FRESH, isMismatch: kind === MISMATCH });
  }
  return appended;
}

/** Bytes with nothing around them: all of a buffer travels, whatever part of it is meant. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.prototype.slice.call(bytes);
}
