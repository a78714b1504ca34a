/** What may happen in a world, beyond connections that are cut, stalled, frozen and left half open: those all have. */
export interface World {
  /** Clients send as fast as the window lets them, and handlers answer more. */
  readonly burst?: boolean;
  /** Handlers are started again in the middle of their work. */
  readonly restarts?: boolean;
  /** The server is killed and started again. */
  readonly kills?: boolean;
  readonly durable?: boolean;
  /** The store's writes fail now and then. */
  readonly storeFailures?: boolean;
  /** Work beside the loop sends to rooms. */
  readonly timers?: boolean;
  /** The handler returns after a client's last message. */
  readonly bye?: boolean;
  /** The server's operator ends sessions. */
  readonly kick?: boolean;
  /** The client closes after its last message. */
  readonly hangUp?: boolean;
  /** Clients are copied, with what they have stored, and the copies go on beside them. */
  readonly clones?: boolean;
  /** Clients ask handlers, and handlers ask clients. */
  readonly requests?: boolean;
  /** Clients send before their session is open, and much at once. */
  readonly pipelined?: boolean;
}

export const WORLDS = {
  "cuts only": {},
  "cuts and burst": { burst: true },
  "handler restarts": { restarts: true },
  kills: { kills: true },
  "kills and timers": { kills: true, timers: true, restarts: true },
  "durable kills": { kills: true, durable: true },
  "durable kills, restarts, burst": { kills: true, durable: true, restarts: true, burst: true },
  "durable with a failing store": { kills: true, durable: true, restarts: true, storeFailures: true },
  bye: { bye: true },
  "bye and kills": { bye: true, kills: true },
  "hang up": { hangUp: true },
  kick: { kick: true },
  clones: { clones: true },
  requests: { requests: true, restarts: true },
  "durable requests": { requests: true, durable: true, kills: true, restarts: true },
  pipelined: { pipelined: true, kills: true },
  "durable everything": {
    kills: true,
    durable: true,
    restarts: true,
    timers: true,
    bye: true,
    pipelined: true,
    requests: true,
    storeFailures: true,
  },
  everything: {
    kills: true,
    restarts: true,
    timers: true,
    bye: true,
    kick: true,
    pipelined: true,
    burst: true,
    requests: true,
  },
} as const satisfies Record<string, World>;

export type WorldName = keyof typeof WORLDS;
