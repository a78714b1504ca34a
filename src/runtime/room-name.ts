import { toWellFormed, utf8Length } from "../protocol/text.ts";
import { RoomError } from "./errors.ts";

/** The longest name of a room. */
const MAX_NAME_BYTES = 256;

/** The name of a room as its clients will read it. Throws `RoomError`, and `TypeError` for what is no text. */
export function checkedName(name: string): string {
  if (typeof name !== "string") throw new TypeError("the name of a room is a string");
  if (name === "" || utf8Length(name) > MAX_NAME_BYTES) {
    throw new RoomError(`the name of a room has 1 to ${MAX_NAME_BYTES} bytes`);
  }
  return toWellFormed(name);
}
