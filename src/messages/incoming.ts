import type { Gap, Message } from "../runtime/message.ts";
import { besides } from "./json.ts";
import { errorObject, MessageError } from "./message-error.ts";

/** Whatever was read; which of these are set depends on its type, as `Received` says. */
export interface AnyReceived {
  readonly type: string;
  readonly message: Message;
  readonly to?: string | undefined;
  readonly data?: unknown;
  readonly error?: MessageError | undefined;
  readonly gap?: Gap | undefined;
}

/** A message that is as it was defined, and how to answer it. */
export class Incoming implements AnyReceived {
  readonly type: string;
  readonly data: unknown;
  readonly message: Message;

  constructor(type: string, data: unknown, message: Message) {
    this.type = type;
    this.data = data;
    this.message = message;
  }

  reply(data: object | undefined): Promise<void> {
    return this.message.reply(besides({ type: "reply", to: this.type }, data));
  }

  refuse(reason: string, why: string): Promise<void> {
    return this.message.reply(errorObject(new MessageError(reason, why), this.type));
  }
}
