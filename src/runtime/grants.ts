import type { MessageFrame } from "../protocol/frames/message.ts";
import type { RecordedGrant } from "../session/record.ts";
import type { Turn } from "./turn.ts";

/** What the handling of one message was granted on stream 0. */
interface Grant {
  sends: number;
  /** Of those, which were requests: the number of each, by its place. */
  readonly requests: Map<number, number>;
  replied: boolean;
}

/**
 * So that a handler which runs again does not speak twice: for each message that is not acknowledged (and for what comes
 * before the first), how many sends of its handling were accepted. The first that-many sends of the next run match them.
 */
export class Grants {
  readonly #grants = new Map<number, Grant>();
  /** Replies to requests of a handling that may run again, by the request's number. */
  readonly #replies = new Map<number, MessageFrame>();

  constructor(recorded: readonly RecordedGrant[] = []) {
    for (const { message, sends, requests, replied } of recorded)
      this.#grants.set(message, { sends, requests: new Map(requests), replied });
  }

  /** The number of an earlier run's request that this send repeats, -1 for one that was no request, or `undefined`. */
  match(turn: Turn): number | undefined {
    const place = turn.sends;
    turn.sends += 1;
    const grant = this.#grants.get(turn.sequence);
    if (grant === undefined || place >= grant.sends) return undefined;
    return grant.requests.get(place) ?? -1;
  }

  add(turn: Turn, sequence: number, wantsReply: boolean): void {
    const grant = this.#of(turn.sequence);
    if (wantsReply) grant.requests.set(grant.sends, sequence);
    grant.sends += 1;
  }

  /** Whether this message may be replied to: once. */
  reply(message: number): boolean {
    const grant = this.#of(message);
    if (grant.replied) return false;
    grant.replied = true;
    return true;
  }

  /** Keeps a reply for the next run, if the handling that asked for it may run again. */
  keepReply(frame: MessageFrame): boolean {
    for (const { requests } of this.#grants.values()) {
      for (const sequence of requests.values()) {
        if (sequence !== frame.repliesTo) continue;
        this.#replies.set(sequence, frame);
        return true;
      }
    }
    return false;
  }

  takeReply(request: number): MessageFrame | undefined {
    return this.#replies.get(request);
  }

  /** The message is acknowledged: it will not be handled again. */
  forget(message: number): void {
    for (const sequence of this.#grants.get(message)?.requests.values() ?? []) this.#replies.delete(sequence);
    this.#grants.delete(message);
  }

  record(): RecordedGrant[] {
    return [...this.#grants].map(([message, { sends, requests, replied }]) => ({
      message,
      sends,
      requests: [...requests],
      replied,
    }));
  }

  #of(message: number): Grant {
    let grant = this.#grants.get(message);
    if (grant === undefined) {
      grant = { sends: 0, requests: new Map(), replied: false };
      this.#grants.set(message, grant);
    }
    return grant;
  }
}
