import type { CloseInfo, UndeliveredMessage } from "bowline/client";
import { Failure } from "./failure.ts";

const NORMAL = 1_000;

/** An ending that nobody asked for is a failure, and so is one that leaves something behind. Throws it. */
export function complain({ code, name, reason, undelivered, confirmed }: CloseInfo): void {
  for (const message of undelivered) {
    console.error(`bowline: ${confirmed ? "not delivered" : "perhaps not delivered"}: ${textOf(message)}`);
  }
  if (code !== NORMAL) throw new Failure(`the session ended: ${name} (${code})${reason === "" ? "" : `, ${reason}`}`);
  if (undelivered.length > 0) throw new Failure("the session ended before everything was delivered");
}

export function textOf({ data }: UndeliveredMessage): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}
