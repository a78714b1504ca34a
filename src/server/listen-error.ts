/** The server cannot listen: the port is taken, or not ours to take. `message` says what to do, `cause` what happened. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  /** The system's name for it: `EADDRINUSE`, `EACCES`, … */
  readonly code: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    super(explain(host, port, cause), { cause });
    this.code = cause.code ?? "";
  }
}

function explain(host: string, port: number, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case "EADDRINUSE":
      return `port ${port} on ${host} is taken: another program listens there; stop it, or choose another port`;
    case "EACCES":
      return `port ${port} on ${host} may not be opened: choose a port above 1023, or run with the right to open it`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is not an address of this machine: use 127.0.0.1, or 0.0.0.0 for all of its addresses`;
    default:
      return `cannot listen on port ${port} of ${host}: ${cause.message}`;
  }
}
