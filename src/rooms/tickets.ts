import type { OfferedCursor } from "../session/ports.ts";

/** Signs text, and knows its own signature again. The server's key stays with the server. */
export interface TicketSigner {
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
}

const SEPARATOR = ".";

/**
 * Tickets say from where a client may read a room: the position, in the open, and a signature over the room, the epoch,
 * the position and the client's identity. With one, a client goes on where it was even when no server remembers it.
 */
export class Tickets {
  readonly #signer: TicketSigner;

  constructor(signer: TicketSigner) {
    this.#signer = signer;
  }

  issue(room: string, epoch: number, position: number, identityHash: string): string {
    return `${position}${SEPARATOR}${this.#signer.sign(claim(room, epoch, position, identityHash))}`;
  }

  /** The position from which the client may read, or `undefined` when the ticket is not good. */
  check(offered: OfferedCursor, identityHash: string): number | undefined {
    const { name, epoch, ticket } = offered;
    const end = ticket.indexOf(SEPARATOR);
    const position = Number(ticket.slice(0, end));
    if (end < 1 || !Number.isSafeInteger(position)) return undefined;
    const isGood = this.#signer.verify(claim(name, epoch, position, identityHash), ticket.slice(end + 1));
    return isGood ? position : undefined;
  }
}

function claim(room: string, epoch: number, position: number, identityHash: string): string {
  return JSON.stringify([room, epoch, position, identityHash]);
}
