/** Offers that may wait for their answers. */
const MOST_OFFERS = 16;

/** Credentials that a client offers on its live session: judged one after the other, so that answers keep their order. */
export class CredentialOffers {
  /** Answers one. Never rejects. */
  readonly #judge: (credential: Uint8Array) => Promise<void>;
  #waiting: Uint8Array[] = [];
  #isJudging = false;

  constructor(judge: (credential: Uint8Array) => Promise<void>) {
    this.#judge = judge;
  }

  /** False: too many wait already. */
  add(credential: Uint8Array): boolean {
    if (this.#waiting.length >= MOST_OFFERS) return false;
    this.#waiting.push(credential);
    if (!this.#isJudging) void this.#judgeAll();
    return true;
  }

  /** A new connection, on which the client offers again what was not answered. */
  clear(): void {
    this.#waiting = [];
  }

  async #judgeAll(): Promise<void> {
    this.#isJudging = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await this.#judge(next);
    this.#isJudging = false;
  }
}
