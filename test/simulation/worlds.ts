/** What may happen in a world, beyond connections that are cut, stalled, frozen and left half open: those all have. */
export interface World {
  /** Clients send as fast as the window lets them, and handlers answer more. */
  readonly burst?: boolean;
  /** Handlers are started again in the middle of their work. */
  readonly restarts?: boolean;
  /** The server is killed and started again. */
  readonly kills?: boolean;
  readonly durable?: boolean;
  /** What is stored cannot be written, or read, now and then; some of it was written nevertheless. */
  readonly storeFailures?: boolean;
  /** Work beside the handlers' loops sends to rooms. */
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
  /** Clients send much at once. */
  readonly pipelined?: boolean;
  /** Some messages, answers and entries are large, even larger than a window. */
  readonly large?: boolean;
  /** The server is shut down in order, and another one started. */
  readonly drains?: boolean;
  /** Clients stay away for longer than the server waits. */
  readonly expires?: boolean;
  /** Clients may send only so much a second. */
  readonly rateLimited?: boolean;
  /** Rooms are busy, and some of their members read slowly. */
  readonly busyRooms?: boolean;
  /** Rooms keep only their newest entries. */
  readonly trims?: boolean;
  /** Rooms' offsets skip. */
  readonly skips?: boolean;
  /** The server hears late of what is in the log. */
  readonly lateFollowers?: boolean;
  /** Somebody is told who comes and goes, and checks it. */
  readonly presence?: boolean;
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
  "hang up, busy rooms, kills": { hangUp: true, busyRooms: true, kills: true, restarts: true },
  "bye, away too long": { bye: true, expires: true },
  kick: { kick: true },
  clones: { clones: true },
  requests: { requests: true, restarts: true },
  "durable requests": { requests: true, durable: true, kills: true, restarts: true },
  pipelined: { pipelined: true, kills: true },
  "large messages": { large: true, burst: true, restarts: true },
  "large messages, durable": { large: true, durable: true, kills: true },
  drains: { drains: true },
  "hang up and drains": { hangUp: true, drains: true },
  "durable drains": { drains: true, durable: true, restarts: true, requests: true },
  "away too long": { expires: true, restarts: true },
  "away too long, durable": { expires: true, durable: true, kills: true },
  "rate limit": { rateLimited: true, pipelined: true },
  "slow readers": { busyRooms: true },
  "slow readers and kills": { busyRooms: true, kills: true, restarts: true },
  "slow readers, durable": { busyRooms: true, kills: true, durable: true, lateFollowers: true },
  "slow readers, failing store": { busyRooms: true, kills: true, restarts: true, storeFailures: true },
  "slow readers, failing store, durable": {
    busyRooms: true,
    kills: true,
    durable: true,
    storeFailures: true,
    trims: true,
    lateFollowers: true,
  },
  trimming: { busyRooms: true, trims: true },
  "trimming and kills": { busyRooms: true, trims: true, kills: true, skips: true },
  "skipping offsets": { busyRooms: true, skips: true },
  "late followers": { busyRooms: true, lateFollowers: true, skips: true },
  presence: { presence: true, restarts: true, bye: true, kick: true, lateFollowers: true },
  "presence, away too long": { presence: true, expires: true, restarts: true },
  "presence and kills": { presence: true, kills: true, restarts: true, busyRooms: true },
  "presence, durable": {
    presence: true,
    kills: true,
    durable: true,
    restarts: true,
    kick: true,
    storeFailures: true,
    lateFollowers: true,
  },
  "presence and drains": { presence: true, drains: true, durable: true, expires: true },
  "durable everything": {
    kills: true,
    durable: true,
    restarts: true,
    timers: true,
    bye: true,
    pipelined: true,
    requests: true,
    storeFailures: true,
    skips: true,
    lateFollowers: true,
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
    trims: true,
    skips: true,
    lateFollowers: true,
  },
} as const satisfies Record<string, World>;

export type WorldName = keyof typeof WORLDS;
