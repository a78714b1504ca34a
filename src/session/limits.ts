/**
 * Every bound of a server, in one object. `docs/limits.md` says what happens at each and what a session costs.
 *
 * A limit is never silent: reaching one closes, refuses, pauses or waits, as its comment says.
 */
export interface Limits {
  /** Sessions at once; above it, new ones are refused with `overloaded` while resumes are accepted. Default 100,000. */
  readonly maxSessions: number;
  /** Connections from one address; above it, `overloaded`. Loopback is exempt. Default 1,000. */
  readonly maxConnectionsPerAddress: number;
  /** Bytes of one message; above it, `message-too-big`. Default 1 MiB. */
  readonly maxMessageBytes: number;
  /** Bytes of one plain line; above it, a line that says so, then the connection ends. Default 64 KiB. */
  readonly maxLineBytes: number;
  /** From a connection's first byte to its session (detection, TLS, upgrade, OPEN); then it is dropped. Default 10 s. */
  readonly openTimeoutMs: number;
  /** How long a connection may stay silent before its first byte. Default 10 minutes. */
  readonly silentTimeoutMs: number;
  /** Bytes of `session.state` as JSON; above it the assignment throws. Default 64 KiB. */
  readonly maxStateBytes: number;
  /** Messages waiting for the handler of a plain session; above it the connection is not read. Default 256. */
  readonly receiveQueueMessages: number;
  /** Bytes waiting for the handler of a plain session; above it the connection is not read. Default 256 KiB. */
  readonly receiveQueueBytes: number;
  /** Unacknowledged messages of one stream; above it `send()` waits. Default 1,024. */
  readonly windowMessages: number;
  /** Unacknowledged bytes of one stream; above it `send()` waits. Default 1 MiB. */
  readonly windowBytes: number;
  /** Unacknowledged bytes of all streams of a session; above it `send()` waits. Default 4 MiB. */
  readonly sessionWindowBytes: number;
  /** Rooms that one session may be in; above it the join rejects. Default 256. */
  readonly maxRoomsPerSession: number;
  /** Members of a room up to which comings and goings are told by name; above it, only counts. Default 200. */
  readonly presenceLimit: number;
  /** Bytes of one OPEN frame; above it, `protocol-error`. Default 64 KiB. */
  readonly maxOpenBytes: number;
  /** How long `request()` waits for its reply before it rejects. Default 30 s. */
  readonly requestTimeoutMs: number;
  /** Messages a second that one client may send (a token bucket, burst of two seconds); 0 is off. Default 0. */
  readonly messagesPerSecond: number;
  /** Silence after which the server pings; after a second one it drops the connection. Default 15 s. */
  readonly heartbeatMs: number;
  /** How long a session waits without a connection before it ends. Default 120 s. */
  readonly resumeWindowMs: number;
  /** How long an acknowledgement may wait for data to ride with. Default 25 ms. */
  readonly ackDelayMs: number;
  /** How long a close waits for acknowledgements, and again for the peer's answer. Default 5 s. */
  readonly closeTimeoutMs: number;
  /** How long a draining server waits for its handlers before it forces. Default 25 s. */
  readonly drainTimeoutMs: number;
  /** Event-loop delay above which new sessions are refused with `overloaded`. Default 1 s. */
  readonly maxEventLoopDelayMs: number;
}

/** The limits that a client has, too. */
export type ClientLimits = Pick<
  Limits,
  | "ackDelayMs"
  | "closeTimeoutMs"
  | "maxMessageBytes"
  | "openTimeoutMs"
  | "requestTimeoutMs"
  | "sessionWindowBytes"
  | "windowBytes"
  | "windowMessages"
>;

const KiB = 1024;
const MiB = 1024 * KiB;

/** Apart from the others, which pages need not load. */
const CLIENT_LIMITS: ClientLimits = {
  ackDelayMs: 25,
  closeTimeoutMs: 5_000,
  maxMessageBytes: MiB,
  openTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  sessionWindowBytes: 4 * MiB,
  windowBytes: MiB,
  windowMessages: 1_024,
};

export const DEFAULT_LIMITS: Limits = {
  ...CLIENT_LIMITS,
  maxSessions: 100_000,
  maxConnectionsPerAddress: 1_000,
  maxLineBytes: 64 * KiB,
  silentTimeoutMs: 600_000,
  maxStateBytes: 64 * KiB,
  receiveQueueMessages: 256,
  receiveQueueBytes: 256 * KiB,
  maxRoomsPerSession: 256,
  presenceLimit: 200,
  maxOpenBytes: 64 * KiB,
  messagesPerSecond: 0,
  heartbeatMs: 15_000,
  resumeWindowMs: 120_000,
  drainTimeoutMs: 25_000,
  maxEventLoopDelayMs: 1_000,
};

const MAY_BE_ZERO: ReadonlySet<string> = new Set<keyof Limits>(["ackDelayMs", "messagesPerSecond", "presenceLimit"]);

/** The defaults with `overrides` over them; throws `RangeError` for a name or a value that cannot be a limit. */
export function resolveLimits(overrides: { readonly [Name in keyof Limits]?: number | undefined } = {}): Limits {
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    if (!(name in DEFAULT_LIMITS)) throw new RangeError(`there is no limit called ${name}`);
    const least = MAY_BE_ZERO.has(name) ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`limits.${name} must be a whole number of at least ${least}, not ${value}`);
    }
    limits[name] = value;
  }
  return limits as unknown as Limits;
}

/** What a client has of the limits, with `overrides` over the defaults. In a page, the compiler checks what they are. */
export function clientLimits(
  overrides: { readonly [Name in keyof ClientLimits]?: number | undefined } = {},
): ClientLimits {
  const limits: { -readonly [Name in keyof ClientLimits]: number } = { ...CLIENT_LIMITS };
  let name: keyof ClientLimits;
  for (name in limits) limits[name] = overrides[name] ?? limits[name];
  // A client has one stream that it sends.
  limits.windowBytes = Math.min(limits.windowBytes, limits.sessionWindowBytes);
  return limits;
}
