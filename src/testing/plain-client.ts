import type { Link } from "./link.ts";
import type { PlainClientEnd } from "./plain-client-end.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Virtual time that a line may take to come. */
const PATIENCE_MS = 120_000;

/** A client that speaks plain lines, as a person with `nc` does. */
export class PlainClient {
  readonly #link: Link<PlainClientEnd>;
  readonly #clock: VirtualClock;
  #given = 0;

  constructor(link: Link<PlainClientEnd>, clock: VirtualClock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** Every line that has arrived. */
  get lines(): readonly string[] {
    return this.#link.client.lines;
  }

  get isOpen(): boolean {
    return !this.#link.client.isLost;
  }

  send(line: string): void {
    this.#link.client.send(line);
  }

  /** The next line; time passes until it is there. Rejects when the connection ends first. */
  async line(): Promise<string> {
    const { client } = this.#link;
    const hasLine = (): boolean => client.lines.length > this.#given;
    await this.#clock.advanceUntil(() => hasLine() || client.isLost, PATIENCE_MS);
    if (!hasLine()) throw new Error(client.isLost ? "the server has closed the connection" : "no line has come");
    this.#given += 1;
    return client.lines[this.#given - 1] as string;
  }

  /** Says that it is done; the server may still answer. */
  end(): void {
    this.#link.client.endWriting();
  }

  cut(): void {
    this.#link.cut();
  }

  freeze(): void {
    this.#link.freeze("client");
  }

  thaw(): void {
    this.#link.thaw("client");
  }
}
