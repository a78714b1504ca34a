import { LoadClient, TEXT, type Wire } from "./load-client.ts";
import { repeated } from "./repeated.ts";
import { openSocket } from "./target.ts";

const LINE = Buffer.from(`${TEXT}\n`);
const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** Plain lines. */
export const lines: Wire = {
  async open(target) {
    return new LineClient(await openSocket(target));
  },
};

class LineClient extends LoadClient {
  say(messages: number): void {
    this.socket.write(repeated(LINE, messages));
  }

  protected read(chunk: Buffer): number {
    let count = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
    return count;
  }

  protected farewell(): Uint8Array {
    return NOTHING;
  }
}
