import { type ChatRefusal, type CheckedRequest, type RequestType, requests } from "./messages.ts";

/** Why something that was asked for is not done, in a sentence for whoever asked. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly reason: ChatRefusal["reason"];

  constructor(reason: ChatRefusal["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Checks what a program sent. Throws `RefusedError` with the first thing that is wrong. */
export function readRequest(json: unknown): CheckedRequest {
  const type = typeOf(json);
  if (!isRequestType(type)) {
    const known = Object.keys(requests).join(", ");
    throw new RefusedError("malformed", `a message is an object whose "type" is one of ${known}`);
  }
  const result = requests[type].safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join(".");
  throw new RefusedError("malformed", field ? `${field}: ${issue?.message}` : `${issue?.message}`);
}

/** The type of a message, as far as it says one. */
export function typeOf(json: unknown): unknown {
  return typeof json === "object" && json !== null && "type" in json ? json.type : undefined;
}

function isRequestType(type: unknown): type is RequestType {
  return typeof type === "string" && Object.hasOwn(requests, type);
}
