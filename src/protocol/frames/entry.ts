import type { FrameReader, FrameWriter } from "../bytes.ts";
import { readFlags } from "./flags.ts";
import { FrameType } from "./frame-type.ts";

export const EntryFlag = { text: 1, ephemeral: 2 } as const;

const KNOWN_FLAGS = EntryFlag.text | EntryFlag.ephemeral;

/** A message of a room (§6.4), byte for byte the same for every member on the node. */
export interface EntryFrame {
  readonly type: typeof FrameType.entry;
  /** Of `EntryFlag`. */
  readonly flags: number;
  readonly alias: number;
  /** The entry's place in the room's log; 0, and not on the wire, when ephemeral. */
  readonly offset: number;
  /** The offset minus the offset before it in the log; 0, and not on the wire, when ephemeral. */
  readonly step: number;
  /** When it was published, in milliseconds since 1970. */
  readonly at: number;
  readonly payload: Uint8Array;
}

export function readEntry(reader: FrameReader): EntryFrame {
  const flags = readFlags(reader, KNOWN_FLAGS);
  const alias = reader.varint();
  const logged = (flags & EntryFlag.ephemeral) === 0;
  const offset = logged ? reader.varint() : 0;
  const step = logged ? reader.varint() : 0;
  return { type: FrameType.entry, flags, alias, offset, step, at: reader.varint(), payload: reader.rest() };
}

export function writeEntry(
  writer: FrameWriter,
  flags: number,
  alias: number,
  offset: number,
  step: number,
  at: number,
  payload: string | Uint8Array,
): void {
  writer.beginFrame(FrameType.entry, payload.length + 16);
  writer.byte(flags);
  writer.varint(alias);
  if ((flags & EntryFlag.ephemeral) === 0) {
    writer.varint(offset);
    writer.varint(step);
  }
  writer.varint(at);
  writer.payload(payload);
  writer.endFrame();
}
