import { MessageError } from "bowline/messages";
import type { RefusalReason } from "./messages.ts";

/** Why something that was asked for is not done, in a sentence for whoever asked. */
export class RefusedError extends MessageError {
  override readonly name = "RefusedError";

  constructor(reason: RefusalReason, message: string) {
    super(reason, message);
  }
}
