import { encodeUtf8 } from "../protocol/text.ts";
import type { Credential } from "../runtime/public-sessions.ts";
import { NEVER } from "../session/never.ts";
import { abortable } from "./abortable.ts";
import type { Alarm } from "./alarm.ts";
import { CredentialError } from "./errors.ts";

/** What proves who the client is, or how to get it: asked before every dial, and again before it expires. */
export type CredentialSource = Credential | (() => Credential | Promise<Credential>);

/** With less left than this, a credential that could not be renewed is left to expire. */
const LEAST_RENEWAL_MS = 1_000;

interface Offer {
  readonly credential: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A session's credential: got for every dial, renewed in place before it expires. */
export class Credentials {
  #ask: () => Credential | Promise<Credential>;
  /** Whether asking again may give another one. */
  readonly #changes: boolean;
  readonly #alarm: Alarm;
  /** Offers a credential on the live session, if there is a connection. */
  readonly #send: (credential: Uint8Array) => void;
  /** Why nothing can be offered any more. */
  #ended: Error | undefined;
  /** Offered and not answered, oldest first. */
  readonly #offers: Offer[] = [];
  #hasAskedAgain = false;
  #expiresAt = NEVER;
  #renewAt = NEVER;

  constructor(source: CredentialSource | undefined, alarm: Alarm, send: (credential: Uint8Array) => void) {
    this.#changes = typeof source === "function";
    this.#ask = this.#changes ? (source as () => Credential) : () => (source ?? "") as Credential;
    this.#alarm = alarm;
    this.#send = send;
  }

  /** The credential for a dial. Rejects with what the user's function rejects with. */
  async current(): Promise<Uint8Array> {
    return bytesOf(await this.#ask());
  }

  /** The server refused it: whether asking for another is worth a dial, which it is once. */
  mayAskAgain(): boolean {
    const may = this.#changes && !this.#hasAskedAgain;
    this.#hasAskedAgain = true;
    return may;
  }

  /** A dial succeeded with it. */
  onOpened(expiresInMs: number): void {
    this.#hasAskedAgain = false;
    this.#expire(expiresInMs);
    // What was offered on a connection that is gone, or on none, is offered again.
    for (const { credential } of this.#offers) this.#send(credential);
  }

  /** Offers another one in place. Rejects with `CredentialError`, or when the session ends. */
  offer(credential: Credential): Promise<void> {
    return abortable((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      const bytes = bytesOf(credential);
      this.#offers.push({ credential: bytes, resolve, reject });
      this.#send(bytes);
    });
  }

  onAuthed(accepted: boolean, expiresInMs: number): void {
    const offer = this.#offers.shift();
    if (!offer) return;
    if (accepted) {
      this.#expire(expiresInMs);
      if (!this.#changes) this.#ask = () => offer.credential;
      offer.resolve();
    } else {
      offer.reject(new CredentialError());
    }
  }

  onClosed(error: Error): void {
    this.#ended = error;
    for (const offer of this.#offers) offer.reject(error);
  }

  #expire(inMs: number): void {
    this.#expiresAt = inMs ? this.#alarm.now() + inMs : NEVER;
    this.#arm();
  }

  /** Renewal begins when a quarter of the time is left; if it fails, when a quarter of that is left, and so on. */
  #arm(): void {
    const now = this.#alarm.now();
    const leftMs = this.#expiresAt - now;
    const canRenew = this.#changes && leftMs >= LEAST_RENEWAL_MS;
    this.#renewAt = canRenew ? now + 0.75 * leftMs : NEVER;
    this.#alarm.wake(this.#renewAt);
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
      this.#arm();
      void this.#renew();
    }
    return this.#renewAt;
  }
}

function bytesOf(credential: Credential): Uint8Array {
  return typeof credential === "string" ? encodeUtf8(credential) : credential;
}
