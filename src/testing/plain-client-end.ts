import { type Line, LineCodec } from "../protocol/lines.ts";
import { MemoryConnection } from "./memory-connection.ts";
import type { Pipe } from "./pipe.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const MAX_LINE_BYTES = 2 ** 20;

function ignore(): void {}

/** The client's end of a connection that carries plain lines: what `nc` is. */
export class PlainClientEnd extends MemoryConnection<Line> {
  readonly form = "lines";
  protected readonly codec = new LineCodec(MAX_LINE_BYTES);
  /** Lines that have arrived. */
  readonly lines: string[] = [];
  onChange: () => void = ignore;

  /** `pipe` is the way to the server. */
  constructor(pipe: Pipe, clock: VirtualClock) {
    super(pipe, clock);
    this.lineEnding = "\n";
  }

  send(line: string): void {
    this.writer.payload(`${line}${this.lineEnding}`);
    this.flush();
  }

  protected onUnit(line: Line): void {
    this.lines.push(line.text);
    this.onChange();
  }

  protected onViolation(): void {
    this.end();
  }

  protected onInputEnd(): void {
    this.end();
  }

  protected beforeFlush(): void {}

  protected onLost(): void {
    this.onChange();
  }

  onDrained(): void {}
}
