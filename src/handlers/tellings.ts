import { deserialize, serialize } from "node:v8";
import type { Peer } from "../runtime/ports.ts";
import type { SessionStatus } from "../runtime/session-core.ts";

/** What the server's thread tells a thread of handlers. `a` and `b` are the telling's numbers. */
export const ToThread = {
  /** A run begins: `Beginning`. */
  begin: 1,
  /** Message `a`; flags: `MessageFlags`. */
  message: 2,
  /** No more messages will come: how reading ends. */
  readEnd: 3,
  /** What was not asked for stays here. */
  stopReading: 4,
  /** `Standing`. */
  standing: 5,
  /** The end has begun: how. */
  ending: 6,
  /** The obituary. */
  closed: 7,
  /** `a` messages of this run, of `b` bytes, have been accepted so far. */
  accepted: 8,
  /** Everything up to number `a` of this run is acknowledged. */
  flushed: 9,
  /** The reply to the request with number `a`; its own number is `b`. */
  reply: 10,
  /** The call `a` has come to a good end: with a value. */
  result: 11,
  /** The call `a` has failed: with an error. */
  failure: 12,
} as const;

/** What a thread of handlers tells the server's thread. `turn` is the number of a message, or one of `NO_TURN`. */
export const ToServer = {
  /** The handler asks for its first message. */
  firstRead: 1,
  /** It takes message `a`. */
  take: 2,
  /** It is done with message `a`; with a flag when something it did waits for room. */
  finish: 3,
  /** Nothing of message `a` waits any more. */
  settled: 4,
  /** A message, in turn `a`. */
  send: 5,
  /** What waited for room when the session began to end. */
  sendLast: 6,
  /** A request with number `a`, in turn `b`. */
  request: 7,
  /** The reply to message `a`. */
  reply: 8,
  /** `session.state`, as JSON; without a payload, none. */
  state: 9,
  end: 10,
  /** Up to which number of this run everything has to be acknowledged: `a`. */
  flush: 11,
  /** The call `a`, in turn `b`: `Call`. */
  call: 12,
  /** The call `a` failed, and somebody was told so, or nobody (the flag). */
  answered: 13,
  /** The caller of `a` waits no longer. */
  abort: 14,
  /** The handler has returned. */
  returned: 15,
  /** It, or something that it left to itself, has failed: with an error. */
  failed: 16,
  /** A function that it gave the session threw: with an error. */
  callbackFailed: 17,
  /** The thread is about to end: `LastWords`. */
  lastWords: 18,
} as const;

export const MessageFlag = { text: 1, wantsReply: 2, lineFeed: 4, carriageReturn: 8 } as const;

/** Text, when the payload may be either. */
export const TEXT = 1;
/** Something the handler did for a message still waits. */
export const HELD = 1;
/** Nobody was told of a failure. */
export const UNWATCHED = 1;

/** What is done before the first message; and what is done for none. */
export const FIRST_TURN = -1;
export const NO_TURN = 0;

/** So much of one session may be on its way between threads, in one direction, and not be taken. */
export const SESSION_MESSAGES = 256;
export const SESSION_BYTES = 256 * 1_024;

/** How things stand with a session, when its handler begins and whenever that changes. */
export interface Standing {
  readonly status: SessionStatus;
  readonly peer: Peer;
}

/** What a run begins with. */
export interface Beginning extends Standing {
  readonly id: string;
  readonly origin: "new" | "resumed" | "revived";
  readonly identity: unknown;
  readonly restarted: number;
  readonly state: string | undefined;
  readonly hasReplies: boolean;
}

/** What a handler asks of a room. `undefined` in the result where there is nothing to say. */
export type Call =
  | { readonly what: "join"; readonly room: string; readonly last?: number; readonly after?: number }
  | { readonly what: "leave" | "members"; readonly room: string }
  | { readonly what: "history"; readonly room: string; readonly options: object }
  | { readonly what: "search"; readonly room: string; readonly words: string; readonly options: object }
  | { readonly what: "send"; readonly room: string; readonly data: string | Uint8Array; readonly options: object };

/** Why a thread ends by itself, and which run's which message it was, if it knows. */
export interface LastWords {
  readonly why: "exit" | "uncaught" | "start";
  readonly error: unknown;
  readonly run: number;
  readonly message: number;
}

/** Structured clone, in bytes. */
export function encodeValue(value: unknown): Uint8Array {
  return serialize(value);
}

export function decodeValue(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}
