import { ProtocolError } from "../protocol-error.ts";

/** What a number on the wire stands for; any other is a violation of the clause. */
export function choice<Value>(values: readonly (Value | undefined)[], number: number, clause: string): Value {
  const value = values[number];
  if (value === undefined) throw new ProtocolError(`${number} stands for nothing`, clause);
  return value;
}
