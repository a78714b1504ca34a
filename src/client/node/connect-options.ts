import type { DialOptions } from "../../transport/dial.ts";
import type { ConnectOptions } from "../connect-options.ts";

export interface NodeConnectOptions extends ConnectOptions {
  /** For TLS: certificates to trust (`ca`), the name to expect (`servername`), and whether to check at all. */
  readonly tls?: DialOptions["tls"];
  /** For WebSocket: more headers of the upgrade request. */
  readonly headers?: DialOptions["headers"];
}
