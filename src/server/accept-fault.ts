/**
 * What an error of `accept` means:
 *
 * - `this-connection`: the one that was to be accepted is gone, and nothing else is wrong;
 * - `exhausted`: the process or the system has nothing left to accept connections with, for now;
 * - `listener-gone`: no more will come.
 */
export type AcceptFault = "this-connection" | "exhausted" | "listener-gone";

const THIS_CONNECTION = new Set(["ECONNABORTED", "ECONNRESET", "EINTR", "EPERM", "EPROTO", "ETIMEDOUT"]);
const EXHAUSTED = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

export function classifyAcceptError({ code = "" }: NodeJS.ErrnoException): AcceptFault {
  if (THIS_CONNECTION.has(code)) return "this-connection";
  return EXHAUSTED.has(code) ? "exhausted" : "listener-gone";
}
