import type { RoomCursor } from "../session/close-info.ts";
import type { ClientLimits } from "../session/limits.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { CredentialSource } from "./credentials.ts";
import type { Store } from "./store.ts";

export interface ConnectOptions {
  /** Proves who the client is. A function is asked on every dial, and again before the credential expires. */
  readonly credential?: CredentialSource | undefined;
  /** Aborting it gives up connecting; later, it closes the session. */
  readonly signal?: AbortSignal | undefined;
  /** Goes on trying when the server cannot be reached at first; default: the first failure rejects. */
  readonly waitOnFirstConnect?: boolean | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /** The `cursors` of an ended session's obituary: goes on in its rooms where that one was. */
  readonly cursors?: readonly RoomCursor[] | undefined;
  /** Keeps the session over a reload of the page. While another page has it, this session is a new one, and not kept. */
  readonly store?: Store | undefined;
  readonly limits?: { readonly [Name in keyof ClientLimits]?: number | undefined } | undefined;
}
