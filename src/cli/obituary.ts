import type { CloseInfo, UndeliveredMessage } from "bowline/client";
import { Failure } from "./failure.ts";
import { printable } from "./printable.ts";

const NORMAL = 1_000;

/** Endings, for whoever talked to the server. Those that reach nobody here, and a server's own, have their code alone. */
const SENTENCES: { readonly [name: string]: string } = {
  "protocol-error": "the server and this program do not understand each other",
  "message-too-big": "a message was larger than the server takes",
  "handler-error": "something went wrong on the server",
  unauthenticated: "the server wants to know who you are",
  forbidden: "the server does not let you in",
  "session-expired": "the server does not know this session any more, as after a restart",
  "slow-reader": "what the server sent was not read in time",
  "rate-limited": "the server was sent more than it takes in that time",
  "handler-stuck": "something went wrong on the server",
  kicked: "the server has sent you away",
};

/**
 * An ending that nobody asked for is a failure, and so is one that leaves something behind. Throws it. `wordsOf` gives what
 * was typed, of a message that was not delivered.
 */
export function complain(
  { code, name, reason, undelivered, confirmed }: CloseInfo,
  wordsOf: (text: string) => string,
): void {
  for (const message of undelivered) {
    const words = printable(wordsOf(textOf(message)));
    console.error(`bowline: ${confirmed ? "not delivered" : "perhaps not delivered"}: ${words}`);
  }
  if (code !== NORMAL) throw new Failure(sentenceOf(code, name, printable(reason)));
  if (undelivered.length > 0) throw new Failure("the session ended before everything was delivered");
}

function sentenceOf(code: number, name: string, reason: string): string {
  const sentence = SENTENCES[name];
  if (sentence === undefined) return `the session ended with code ${code}${reason === "" ? "" : `: ${reason}`}`;
  // Why a session is not known any more is a matter of tokens, which nobody here has seen.
  const isTelling = reason !== "" && name !== "session-expired";
  return `the session ended: ${sentence}${isTelling ? `: ${reason}` : ""} (${name}, ${code})`;
}

export function textOf({ data }: UndeliveredMessage): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}
