import type { FrameReader, FrameWriter } from "../bytes.ts";
import { choice } from "./choice.ts";
import { FrameType } from "./frame-type.ts";

/** Why messages are missing, by the number that says so on the wire. */
export const GAP_REASONS: readonly (GapReason | undefined)[] = [
  undefined,
  "trimmed",
  "log-replaced",
  "policy",
  "server-restarted",
  "missed",
];

export type GapReason = "trimmed" | "log-replaced" | "policy" | "server-restarted" | "missed";

/** Messages that will not come, and why (§6.8). */
export interface GapFrame {
  readonly type: typeof FrameType.gap;
  /** 0: stream 0; otherwise a room's alias. */
  readonly alias: number;
  /** The first that is missing. */
  readonly from: number;
  /** The last that is missing; 0: unknown. */
  readonly to: number;
  readonly reason: GapReason;
}

export function readGap(reader: FrameReader): GapFrame {
  return {
    type: FrameType.gap,
    alias: reader.varint(),
    from: reader.varint(),
    to: reader.varint(),
    reason: choice(GAP_REASONS, reader.byte(), "§6.8"),
  };
}

export function writeGap(writer: FrameWriter, alias: number, from: number, to: number, reason: GapReason): void {
  writer.beginFrame(FrameType.gap);
  writer.varint(alias);
  writer.varint(from);
  writer.varint(to);
  writer.byte(GAP_REASONS.indexOf(reason));
  writer.endFrame();
}
