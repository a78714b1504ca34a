import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { TokenClaims } from "../session/admission.ts";

const SEPARATOR = ".";

/** Signs what clients carry: the tokens of sessions and the tickets of rooms. Any node that holds the key can check them. */
export class Signer {
  readonly #key: Uint8Array;

  /** `key`: at least 32 random bytes. */
  constructor(key: Uint8Array) {
    // A text, as from the environment, has no bytes to count.
    if (!(key.byteLength >= 32)) throw new RangeError("signingKey must have at least 32 bytes, in a Uint8Array");
    this.#key = key;
  }

  /** HMAC-SHA-256, as base64url. `purpose` keeps a token from passing for a ticket. */
  sign(purpose: string, text: string): string {
    return createHmac("sha256", this.#key).update(`${purpose}\0${text}`).digest("base64url");
  }

  verify(purpose: string, text: string, signature: string): boolean {
    const expected = Buffer.from(this.sign(purpose, text));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  /** A session's token: what it claims, in the open, and the signature. */
  signToken(claims: TokenClaims): string {
    const { id, boot, identityHash, validUntil } = claims;
    const text = Buffer.from(JSON.stringify([id, boot, identityHash, validUntil])).toString("base64url");
    return `${text}${SEPARATOR}${this.sign("token", text)}`;
  }

  /** What a token claims, or `undefined` when this key did not sign it. Whether it is out of date is not judged. */
  readToken(token: string): TokenClaims | undefined {
    const [text, signature, more] = token.split(SEPARATOR);
    if (text === undefined || signature === undefined || more !== undefined) return undefined;
    if (!this.verify("token", text, signature)) return undefined;
    const [id, boot, identityHash, validUntil] = JSON.parse(Buffer.from(text, "base64url").toString());
    return { id, boot, identityHash, validUntil };
  }
}

/** Names an identity without telling it: two that are equal as JSON have the same hash. */
export function hashIdentity(identity: unknown): string {
  if (identity === undefined) return "";
  return createHash("sha256").update(JSON.stringify(identity)).digest("base64url").slice(0, 22);
}
