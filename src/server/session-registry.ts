import type { HandlerRunner } from "../handlers/supervisor.ts";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { OpenFrame } from "../protocol/frames/open.ts";
import type { Clock, Deadlines } from "../runtime/deadlines.ts";
import { ForbiddenError } from "../runtime/errors.ts";
import { PlainCore } from "../runtime/plain-core.ts";
import type {
  Emit,
  FrameConnection,
  MessageContext,
  Peer,
  PlainConnection,
  RoomJoiner,
  SessionStore,
} from "../runtime/ports.ts";
import { ServerCore, type ServerEnvironment } from "../runtime/server-core.ts";
import type { SessionCore } from "../runtime/session-core.ts";
import {
  ABANDONED,
  type Abandoned,
  answerOpen,
  mayAdopt,
  type Offer,
  type Refusal,
  refuse,
} from "../session/admission.ts";
import type { Limits } from "../session/limits.ts";
import { hashIdentity, type Signer } from "./tokens.ts";

/** What a client shows when it opens a session, or renews its credential on a live one. */
export interface AuthenticationRequest {
  /** What the client's `credential` option gave; `undefined` when it gave none, as plain clients do. */
  readonly credential: string | undefined;
  readonly address: string;
  /** Headers of the WebSocket upgrade, in lower case; none over TCP. */
  readonly headers: Peer["headers"];
}

export interface Authentication {
  /** Who it is: anything that JSON can say. A session is resumed by the same identity, or not at all. */
  readonly identity: unknown;
  /** When the credential ends, in milliseconds since 1970; default: never. */
  readonly expiresAt?: number | undefined;
}

/**
 * `undefined` refuses with 4001, a thrown `ForbiddenError` with 4003. Any other error is reported, and refuses with 1013:
 * whoever cannot be judged now comes again.
 */
export type Authenticate = (
  request: AuthenticationRequest,
) => Authentication | undefined | Promise<Authentication | undefined>;

/** Everything around the sessions of a server, none of it a socket. */
export interface SessionServerOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Milliseconds since 1970, in the time that all nodes share. */
  readonly wallNow: () => number;
  /** A fraction, from 0 to below 1. */
  readonly random: () => number;
  /** A name that nobody can guess. */
  readonly freshId: () => string;
  /** This incarnation of the server. */
  readonly boot: string;
  readonly signer: Signer;
  readonly store: SessionStore;
  readonly durable: boolean;
  readonly rooms: RoomJoiner | undefined;
  readonly context: MessageContext | undefined;
  readonly authenticate: Authenticate | undefined;
  readonly emit: Emit;
  readonly runner: HandlerRunner;
}

/** Who a client turned out to be, or why it may not come in. */
export type Admission = { readonly identity: unknown; readonly expiresAt: number | undefined } | Refusal;

/** The sessions of one server: who may come in, and which session a client gets. */
export class SessionRegistry {
  readonly options: SessionServerOptions;
  readonly env: ServerEnvironment;
  /** Refuse new sessions: the listener sets it while the event loop lags. */
  isShedding = false;
  /** Refuse everybody: the server is going away. */
  isDraining = false;
  readonly #sessions = new Map<string, ServerCore | PlainCore>();
  /** Framed sessions that ended while an OPEN that was answered before may still be adopted; and when they did. */
  readonly #justEnded = new Map<string, number>();

  constructor(options: SessionServerOptions) {
    this.options = options;
    const { limits, clock, deadlines, store, durable, rooms, context, emit } = options;
    this.env = {
      limits,
      clock,
      deadlines,
      store,
      durable,
      rooms,
      context,
      emit,
      signToken: (id, identityHash) => this.#signToken(id, identityHash),
      start: (core) => options.runner.start(core as ServerCore),
      reauthenticate: (core, credential) => this.#reauthenticate(core, credential),
      onClosed: (core) => this.#forget(core),
    };
  }

  get size(): number {
    return this.#sessions.size;
  }

  get sessions(): Iterable<ServerCore | PlainCore> {
    return this.#sessions.values();
  }

  get(id: string): ServerCore | PlainCore | undefined {
    return this.#sessions.get(id);
  }

  /** A plain session begins with its connection. */
  beginPlain(connection: PlainConnection, peer: Peer, identity: unknown, expiresAt?: number): PlainCore {
    const id = this.options.freshId();
    const onClosed = (core: SessionCore): void => this.#forget(core);
    const core = new PlainCore(this.env, peer, identity, { id, role: "server", connection, onClosed });
    core.setCredentialExpiry(this.deadlineOf(expiresAt));
    this.#sessions.set(id, core);
    this.options.emit({ name: "session-opened", sessionId: id, origin: "new", peer });
    this.options.runner.start(core);
    return core;
  }

  /** Why no new session may begin now, if so. */
  refusalOfNew(): Refusal | undefined {
    const { maxSessions } = this.options.limits;
    if (this.isDraining) return this.goingAway();
    if (this.#sessions.size >= maxSessions || this.isShedding || this.options.runner.isShedding) {
      return refuse("overloaded", "the server takes no new sessions now", this.#spreadRetry());
    }
    return undefined;
  }

  /** What everybody is told who comes while the server drains. */
  goingAway(): Refusal {
    return refuse("going-away", "the server is going away", this.#spreadRetry());
  }

  /** Clients that are sent away at once must not come back at once. */
  #spreadRetry(): number {
    return Math.round(500 + this.options.random() * 4_500);
  }

  /** Asks `authenticate`, where there is one. */
  async admit(credential: string | undefined, peer: Peer): Promise<Admission> {
    const { authenticate, emit } = this.options;
    if (authenticate === undefined) return { identity: undefined, expiresAt: undefined };
    try {
      const found = await authenticate({ credential, address: peer.address, headers: peer.headers });
      return this.#judge(found);
    } catch (error) {
      if (error instanceof ForbiddenError) return refuse("forbidden", error.message);
      emit({ name: "connection-error", address: peer.address, error });
      return refuse("overloaded", "the credential could not be checked", this.#spreadRetry());
    }
  }

  /** Takes what `authenticate` found as it is meant. JavaScript may have given anything. */
  #judge(found: Authentication | undefined): Admission {
    if (!found) return refuse("unauthenticated", "the credential was not accepted");
    if (typeof found !== "object")
      throw new TypeError(`authenticate gives { identity }, or undefined, and not ${found}`);
    const { identity, expiresAt = Number.POSITIVE_INFINITY } = found;
    if (typeof expiresAt !== "number" || Number.isNaN(expiresAt)) {
      throw new TypeError(`expiresAt is a number, in milliseconds since 1970, and not ${expiresAt}`);
    }
    if (expiresAt <= this.options.wallNow()) return refuse("unauthenticated", "the credential has expired");
    // Fails for what JSON cannot say.
    hashIdentity(identity);
    return { identity, expiresAt: expiresAt === Number.POSITIVE_INFINITY ? undefined : expiresAt };
  }

  /** Answers an OPEN: what it names is looked up, in memory and in the store. Nothing is created. */
  async answer(open: OpenFrame, identity: unknown): Promise<Offer | Refusal | Abandoned> {
    const { options } = this;
    const identityHash = hashIdentity(identity);
    if (this.isDraining) return this.goingAway();
    if (open.sessionId === "") {
      const refusal = this.refusalOfNew();
      if (refusal !== undefined) return refusal;
    }
    const claims = open.sessionId === "" ? undefined : options.signer.readToken(open.token);
    let machine = this.#machineOf(open.sessionId);
    let tombstone: Refusal["close"] | undefined;
    if (claims !== undefined && claims.id === open.sessionId && machine === undefined) {
      const stored = await options.store.get(open.sessionId);
      machine = this.#machineOf(open.sessionId);
      if (stored?.kind === "tombstone") {
        tombstone = stored.close;
      } else if (machine === undefined && this.#hasJustEnded(open.sessionId)) {
        // It ended during the look-up, which may have come too early for the tombstone. The next dial gets that.
        return ABANDONED;
      } else if (machine === undefined && stored !== undefined) {
        machine = this.#restore(stored.record).machine;
      }
    }
    return answerOpen(open, claims, identityHash, { machine, tombstone }, options, options.wallNow());
  }

  #machineOf(id: string): ServerCore["machine"] | undefined {
    const core = this.#sessions.get(id);
    return core instanceof ServerCore ? core.machine : undefined;
  }

  #restore(record: Parameters<ServerCore["machine"]["restore"]>[0]): ServerCore {
    const { id, identityHash, identity } = record;
    const peer: Peer = { address: "", form: "bowline", secure: false, headers: {} };
    const core = new ServerCore(this.env, peer, identity, { id, identityHash, origin: "resumed", record });
    this.#sessions.set(id, core);
    return core;
  }

  /** The client has adopted an offer: the session is its connection's from now on. `undefined` when it is too late. */
  adopt(offer: Offer, connection: FrameConnection, peer: Peer, identity: unknown): ServerCore | undefined {
    const current = this.#sessions.get(offer.sessionId);
    if (!mayAdopt(offer, current instanceof ServerCore ? current.machine : undefined)) return undefined;
    if (current instanceof ServerCore) {
      current.adopt(offer, connection, peer);
      return current;
    }
    if (this.#hasJustEnded(offer.sessionId)) return undefined;
    const { sessionId: id, identityHash, origin } = offer;
    const core = new ServerCore(this.env, peer, identity, { id, identityHash, origin });
    this.#sessions.set(id, core);
    this.options.emit({ name: "session-opened", sessionId: id, origin, peer });
    core.begin(offer, connection);
    return core;
  }

  /** The token that OPENED, and every renewal, carries. */
  #signToken(id: string, identityHash: string): string {
    const { signer, boot, wallNow, limits } = this.options;
    return signer.signToken({ id, boot, identityHash, validUntil: wallNow() + limits.resumeWindowMs });
  }

  /** From milliseconds since 1970 to the clock's time. */
  deadlineOf(expiresAt: number | undefined): number | undefined {
    return expiresAt === undefined ? undefined : this.options.clock.now() + expiresAt - this.options.wallNow();
  }

  async #reauthenticate(core: ServerCore, credential: Uint8Array): Promise<void> {
    const admission = await this.admit(new TextDecoder().decode(credential), core.peer);
    const now = this.options.clock.now();
    const isSame = !("kind" in admission) && hashIdentity(admission.identity) === core.machine.identityHash;
    if (isSame) core.machine.authed(true, this.deadlineOf(admission.expiresAt), now);
    else core.machine.authed(false, undefined, now);
  }

  #forget(core: SessionCore): void {
    if (this.#sessions.get(core.id) !== core) return;
    this.#sessions.delete(core.id);
    if (!(core instanceof ServerCore) || core.info === undefined) return;
    for (const id of this.#justEnded.keys()) {
      if (this.#hasJustEnded(id)) break;
      this.#justEnded.delete(id);
    }
    this.#justEnded.set(core.id, this.options.clock.now());
  }

  #hasJustEnded(id: string): boolean {
    const { clock, limits } = this.options;
    const endedAt = this.#justEnded.get(id);
    return endedAt !== undefined && clock.now() - endedAt <= limits.openTimeoutMs;
  }

  /** Ends a session from outside: an operator, or the application. */
  kick(id: string, reason: string): boolean {
    const core = this.#sessions.get(id);
    core?.end({ code: CLOSE_CODES.kicked.code, reason, by: "server" });
    return core !== undefined;
  }
}
