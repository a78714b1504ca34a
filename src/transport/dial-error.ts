/** A connection could not be made. The message is a plain sentence; `cause` is what happened. */
export class DialError extends Error {
  override readonly name = "DialError";
}

/** Explains why no connection to `host` came about. */
export function explainDialFailure(host: string, port: number, cause: NodeJS.ErrnoException): DialError {
  return new DialError(explain(host, port, cause), { cause });
}

function explain(host: string, port: number, { code = "", message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens on port ${port} of ${host}`;
    case "ENOTFOUND":
      return `there is no host called ${host}`;
    case "EAI_AGAIN":
      return `the name ${host} cannot be looked up now`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `there is no way to ${host}`;
    case "ETIMEDOUT":
      return `${host} does not answer`;
    case "ECONNRESET":
      return `${host} ended the connection`;
    default:
      if (code.includes("CERT") || code.includes("SELF_SIGNED")) {
        return `the certificate of ${host} is not trusted: ${message}`;
      }
      if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
        return `port ${port} of ${host} does not speak TLS that is understood here`;
      }
      return `no connection to port ${port} of ${host}: ${message === "" ? code : message}`;
  }
}
