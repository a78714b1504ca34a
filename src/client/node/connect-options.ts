import { checkOptionNames, type OptionNames } from "../../runtime/option-names.ts";
import { DEFAULT_LIMITS } from "../../session/limits.ts";
import type { DialOptions } from "../../transport/dial.ts";
import type { ConnectOptions } from "../connect-options.ts";

/** What `connect` takes in Node. */
export interface NodeConnectOptions extends ConnectOptions {
  /** For TLS: certificates to trust (`ca`), the name to expect (`servername`), and whether to check at all. */
  readonly tls?: DialOptions["tls"];
  /** For WebSocket: more headers of the upgrade request. */
  readonly headers?: DialOptions["headers"];
}

const NAMES: OptionNames<NodeConnectOptions> = {
  credential: true,
  signal: true,
  waitOnFirstConnect: true,
  backoff: true,
  cursors: true,
  store: true,
  limits: true,
  tls: true,
  headers: true,
};

/** Refuses names that are none. Pages have no room for the list: there the compiler alone knows it. */
export function checkOptions(options: NodeConnectOptions): void {
  checkOptionNames(options, NAMES);
  checkOptionNames(options.limits, DEFAULT_LIMITS, "limits.");
}
