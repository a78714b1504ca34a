import type { Frame } from "../src/protocol/frames/frame.ts";
import type { ProtocolError } from "../src/protocol/protocol-error.ts";
import type { Payload } from "../src/runtime/message.ts";
import type { FrameReceiver, PlainReceiver } from "../src/runtime/ports.ts";
import type { Outlet } from "../src/session/ports.ts";

/** Longer than anything here takes on a busy machine. */
const DEADLINE_MS = 20_000;

/** Lets the event loop turn until the condition holds; fails when it never does. */
export async function until(isDone: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come`);
    await turn();
  }
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a plain connection told its session, as one list. */
export class PlainRecorder implements PlainReceiver {
  readonly events: string[] = [];
  /** What the connection is told after each message. */
  goesOn = true;

  onMessage(payload: Payload): boolean {
    this.events.push(`${payload.isText ? "text" : "bytes"} ${payload.text()}`);
    return this.goesOn;
  }

  onProtocolError(error: ProtocolError): void {
    this.events.push(`error ${error.closeName}: ${error.reason}`);
  }

  onDrained(): void {}

  onReadEnd(): void {
    this.events.push("read end");
  }

  onLost(clean: boolean, code: number, reason: string): void {
    this.events.push(`lost ${clean ? "cleanly" : "broken"} ${code} ${reason}`.trim());
  }
}

/** What a connection of frames told its session. */
export class FrameRecorder implements FrameReceiver {
  readonly frames: Frame[] = [];
  readonly events: string[] = [];
  /** Called before each flush. */
  write: (outlet: Outlet) => void = () => {};

  onFrame(frame: Frame): void {
    this.frames.push(frame);
  }

  onProtocolError(error: ProtocolError): void {
    this.events.push(`error ${error.closeName}: ${error.reason}`);
  }

  beforeFlush(outlet: Outlet): void {
    this.write(outlet);
  }

  onDrained(): void {
    this.events.push("drained");
  }

  onLost(): void {
    this.events.push("lost");
  }
}
