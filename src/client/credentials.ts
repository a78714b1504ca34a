import { encodeUtf8 } from "../protocol/text.ts";
import type { Credential } from "../runtime/public-sessions.ts";
import { abortable } from "./abortable.ts";
import { CredentialError } from "./errors.ts";

/** What proves who the client is, or how to get it: asked before every dial, and again before it expires. */
export type CredentialSource = Credential | (() => Credential | Promise<Credential>);

/** With less left than this, a credential that could not be renewed is left to expire. */
const LEAST_RENEWAL_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;

interface Offer {
  readonly credential: Credential;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A session's credential: got for every dial, renewed in place before it expires. */
export class Credentials {
  #source: CredentialSource;
  /** Offers a credential on the live session, if there is a connection. */
  readonly #send: (credential: Uint8Array) => void;
  /** Why nothing can be offered any more. */
  #ended: Error | undefined;
  /** Offered and not answered, oldest first. */
  readonly #offers: Offer[] = [];
  #hasAskedAgain = false;
  #expiresAt = NEVER;
  #renewAt = NEVER;

  constructor(source: CredentialSource | undefined, send: (credential: Uint8Array) => void) {
    this.#source = source ?? "";
    this.#send = send;
  }

  /** The credential for a dial. Rejects with what the user's function rejects with. */
  async current(): Promise<Uint8Array> {
    const source = this.#source;
    return bytesOf(typeof source === "function" ? await source() : source);
  }

  /** The server refused it: whether asking for another is worth a dial, which it is once. */
  mayAskAgain(): boolean {
    const may = typeof this.#source === "function" && !this.#hasAskedAgain;
    this.#hasAskedAgain = true;
    return may;
  }

  /** A dial succeeded with it. */
  onOpened(expiresInMs: number, now: number): void {
    this.#hasAskedAgain = false;
    this.#expire(expiresInMs, now);
    // What was offered on a connection that is gone, or on none, is offered again.
    for (const { credential } of this.#offers) this.#send(bytesOf(credential));
  }

  /** Offers another one in place. Rejects with `CredentialError`, or when the session ends. */
  offer(credential: Credential): Promise<void> {
    return abortable(undefined, (resolve, reject) => {
      if (this.#ended) throw this.#ended;
      this.#offers.push({ credential, resolve, reject });
      this.#send(bytesOf(credential));
    });
  }

  onAuthed(accepted: boolean, expiresInMs: number, now: number): void {
    const offer = this.#offers.shift();
    if (accepted) {
      this.#expire(expiresInMs, now);
      if (offer !== undefined && typeof this.#source !== "function") this.#source = offer.credential;
      offer?.resolve();
    } else {
      offer?.reject(new CredentialError());
    }
  }

  onClosed(error: Error): void {
    this.#ended = error;
    this.#renewAt = NEVER;
    for (const offer of this.#offers) offer.reject(error);
  }

  #expire(inMs: number, now: number): void {
    this.#expiresAt = inMs === 0 ? NEVER : now + inMs;
    this.#arm(now);
  }

  /** Renewal begins when a quarter of the time is left; if it fails, when a quarter of that is left, and so on. */
  #arm(now: number): void {
    const leftMs = this.#expiresAt - now;
    const canRenew = typeof this.#source === "function" && leftMs >= LEAST_RENEWAL_MS;
    this.#renewAt = canRenew ? now + 0.75 * leftMs : NEVER;
  }

  async #renew(): Promise<void> {
    try {
      await this.offer(await this.current());
    } catch {
      // The server closes the session when the old one ends; that says why.
    }
  }

  /** Renews what is due; says when to be called again. */
  onTime(now: number): number {
    if (now >= this.#renewAt) {
      this.#arm(now);
      void this.#renew();
    }
    return this.#renewAt;
  }
}

function bytesOf(credential: Credential): Uint8Array {
  return typeof credential === "string" ? encodeUtf8(credential) : credential;
}
