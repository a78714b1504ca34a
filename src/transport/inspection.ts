import { type InspectOptions, inspect } from "node:util";
import { type Message, ReceivedMessage } from "../runtime/message.ts";
import type { Session } from "../runtime/public-sessions.ts";
import { ServerSessionRun } from "../runtime/server-session.ts";

// What `console.log` shows of what applications hold. Pages have no use for it, and no room: it is put into the classes
// from here, and not in the pure layers.

const PREVIEW_CHARACTERS = 80;

/** Lets `console.log`, and Node's `inspect`, show these fields of an object; those that are `undefined` are left out. */
export function inspectAs<T extends object>(
  type: { readonly prototype: T },
  name: string,
  fieldsOf: (value: T) => object,
): void {
  Object.defineProperty(type.prototype, inspect.custom, {
    value(this: T, depth: number, options: InspectOptions): string {
      const fields = Object.entries(fieldsOf(this)).filter(([, value]) => value !== undefined);
      return depth < 0 ? `[${name}]` : `${name} ${inspect(Object.fromEntries(fields), { ...options, depth })}`;
    },
  });
}

/** What is shown of a session. */
export function sessionFields({ id, status, origin, peer }: Session): object {
  const { address, form, secure } = peer;
  return { id, status, origin, peer: { address, form, secure } };
}

function preview(text: string): string {
  return text.length <= PREVIEW_CHARACTERS ? text : `${text.slice(0, PREVIEW_CHARACTERS)}…`;
}

/** What is shown of a message. */
export function messageFields(message: Message): object {
  const { sequence, room, offset, at, gap, wantsReply, isText, byteLength } = message;
  return {
    sequence: sequence === 0 ? undefined : sequence,
    room,
    offset,
    at: at === undefined ? undefined : new Date(at),
    gap,
    wantsReply: wantsReply || undefined,
    text: isText && gap === undefined ? preview(message.text()) : undefined,
    bytes: isText ? undefined : byteLength,
  };
}

inspectAs(ReceivedMessage, "Message", messageFields);

inspectAs(ServerSessionRun, "Session", (session) => {
  const { identity, restarted } = session;
  return { ...sessionFields(session), identity, restarted: restarted === 0 ? undefined : restarted };
});
