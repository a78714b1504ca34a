import { writeGap } from "../protocol/frames/gap.ts";
import { encodeLine } from "../protocol/terminal-text.ts";
import { encodeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import { type Gap, gapLine } from "../runtime/message.ts";
import type { Outlet, WireForm } from "../session/ports.ts";

/** Whether the other side speaks Bowline frames: it is told where it is, and acknowledges. */
export function isFramed(form: WireForm): boolean {
  return form === "bowline" || form === "bowline-websocket";
}

/** Tells a client what of a room it will not get: as a frame, or as a line or a message of its own. */
export function sayGap(outlet: Outlet, alias: number, gap: Gap): void {
  if (isFramed(outlet.form)) {
    writeGap(outlet.writer, alias, gap.from, gap.to, gap.reason);
    outlet.flush();
  } else if (outlet.form === "lines") {
    outlet.share(encodeLine(gapLine(gap), outlet.lineEnding));
  } else {
    outlet.share(encodeWebSocketFrame(OPCODE.text, gapLine(gap)));
  }
}
