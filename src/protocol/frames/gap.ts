import type { ByteReader, FrameWriter } from "../bytes.ts";
import { ProtocolError } from "../protocol-error.ts";
import { FrameType } from "./frame-type.ts";

/** Why messages are missing, by the number that says so on the wire. */
export const GAP_REASONS = {
  1: "trimmed",
  2: "log-replaced",
  3: "policy",
  4: "server-restarted",
  5: "missed",
} as const;

type GapReasonNumber = keyof typeof GAP_REASONS;
export type GapReason = (typeof GAP_REASONS)[GapReasonNumber];

/** Messages that will not come, and why (§6.8). */
export interface GapFrame {
  readonly type: typeof FrameType.gap;
  /** 0: stream 0; otherwise a room's alias. */
  readonly alias: number;
  /** The first that is missing. */
  readonly from: number;
  /** The last that is missing; 0: unknown. */
  readonly to: number;
  /** `GAP_REASONS` has its name. */
  readonly reason: GapReasonNumber;
}

export function readGap(reader: ByteReader): GapFrame {
  return {
    type: FrameType.gap,
    alias: reader.varint(),
    from: reader.varint(),
    to: reader.varint(),
    reason: readReason(reader),
  };
}

export function writeGap(writer: FrameWriter, alias: number, from: number, to: number, reason: GapReason): void {
  writer.beginFrame(FrameType.gap);
  writer.varint(alias);
  writer.varint(from);
  writer.varint(to);
  writer.byte(
    Number(Object.keys(GAP_REASONS).find((number) => GAP_REASONS[Number(number) as GapReasonNumber] === reason)),
  );
  writer.endFrame();
}

function readReason(reader: ByteReader): GapReasonNumber {
  const reason = reader.byte();
  if (!(reason in GAP_REASONS)) throw new ProtocolError(`Unknown reason ${reason} in GAP`, "§6.8");
  return reason as GapReasonNumber;
}
