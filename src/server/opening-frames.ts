import { writeClose } from "../protocol/frames/close.ts";
import { type Frame, FrameType } from "../protocol/frames/frame.ts";
import type { OpenFrame } from "../protocol/frames/open.ts";
import { writeOpened } from "../protocol/frames/opened.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { decodeUtf8 } from "../protocol/text.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { FrameConnection, FrameReceiver, Peer } from "../runtime/ports.ts";
import { type Offer, type Refusal, refuse } from "../session/admission.ts";
import type { Outlet } from "../session/ports.ts";
import type { SessionRegistry } from "./session-registry.ts";

const NOTHING = new Uint8Array(0);

/**
 * A connection that speaks Bowline frames, until it carries a session: OPEN proposes, OPENED answers, and the client's
 * next frame adopts. Nothing is created, taken over or started before that.
 */
export class OpeningFrames implements FrameReceiver, Timed {
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #server: SessionRegistry;
  readonly #connection: FrameConnection;
  readonly #peer: Peer;
  #hasAsked = false;
  #offer: Offer | undefined;
  #identity: unknown;
  #expiresAt: number | undefined;
  #isOver = false;

  constructor(server: SessionRegistry, connection: FrameConnection, peer: Peer, openBy: number) {
    this.#server = server;
    this.#connection = connection;
    this.#peer = peer;
    server.options.deadlines.wake(this, openBy);
  }

  onFrame(frame: Frame, outlet: Outlet, now: number): void {
    if (this.#isOver) return;
    if (this.#offer !== undefined) this.#adopt(this.#offer, frame, outlet, now);
    else if (this.#hasAsked) this.#refuse(refuse("protocol-error", "a client waits between OPEN and OPENED"));
    else if (frame.type !== FrameType.open) this.#refuse(refuse("protocol-error", "the first frame is OPEN"));
    else this.#ask(frame);
  }

  #ask(open: OpenFrame): void {
    this.#hasAsked = true;
    this.#answer(open).catch((error: unknown) => {
      this.#server.options.emit({ name: "connection-error", address: this.#peer.address, error });
      this.#refuse(refuse("overloaded", "the session could not be looked up", 1_000));
    });
  }

  async #answer(open: OpenFrame): Promise<void> {
    const { credential } = open;
    const text = credential.byteLength === 0 ? undefined : decodeUtf8(credential, 0, credential.byteLength);
    const admission = await this.#server.admit(text, this.#peer);
    if ("kind" in admission) {
      this.#refuse(admission);
      return;
    }
    // The credential has served; an offer may wait for its adoption.
    const answer = await this.#server.answer({ ...open, credential: NOTHING }, admission.identity);
    if (this.#isOver) return;
    if (answer.kind === "refusal") {
      this.#refuse(answer);
    } else if (answer.kind === "abandoned") {
      this.#end();
    } else {
      this.#identity = admission.identity;
      this.#expiresAt = admission.expiresAt;
      this.#sayOpened(answer);
    }
  }

  #sayOpened(offer: Offer): void {
    this.#offer = offer;
    const { options } = this.#server;
    const { limits } = options;
    const { machine } = offer;
    writeOpened(this.#connection.writer, {
      origin: offer.origin,
      sessionId: offer.sessionId,
      token: this.#tokenFor(offer),
      received: machine?.received ?? offer.start.received,
      sent: machine?.sending.last ?? offer.start.sent,
      checksum: machine?.checksum ?? 0,
      heartbeatMs: limits.heartbeatMs,
      resumeWindowMs: limits.resumeWindowMs,
      maxMessageBytes: limits.maxMessageBytes,
      windowMessages: limits.windowMessages,
      windowBytes: limits.windowBytes,
      expiresInMs: this.#expiresAt === undefined ? 0 : Math.max(1, this.#expiresAt - options.wallNow()),
    });
    this.#connection.flush();
  }

  /**
   * A durable session's client gets a new token when that is on record, which the token must not outlive. A session that is
   * ending gives none: its tombstone, which may be written already, has to outlive the last one.
   */
  #tokenFor({ machine, sessionId, identityHash, open }: Offer): string {
    const { env } = this.#server;
    const keepsToken = machine !== undefined && (env.durable || machine.isEnding);
    return keepsToken ? open.token : env.signToken(sessionId, identityHash);
  }

  /** The frame after OPENED shows that the client knows the answer. */
  #adopt(offer: Offer, frame: Frame, outlet: Outlet, now: number): void {
    if (offer.machine === undefined && this.#server.isDraining) {
      this.#refuse(this.#server.goingAway());
      return;
    }
    this.#stopWaiting();
    const core = this.#server.adopt(offer, this.#connection, this.#peer, this.#identity);
    if (core === undefined) {
      this.#end();
      return;
    }
    core.machine.setCredentialExpiry(this.#server.deadlineOf(this.#expiresAt));
    this.#connection.receiver = core;
    core.onFrame(frame, outlet, now);
  }

  #refuse(refusal: Refusal): void {
    if (this.#isOver) return;
    const { close } = refusal;
    const { address } = this.#peer;
    this.#server.options.emit({ name: "connection-refused", address, code: close.code, reason: close.reason });
    writeClose(this.#connection.writer, close);
    this.#end(close.code);
  }

  #end(code?: number): void {
    this.#stopWaiting();
    this.#connection.flush();
    this.#connection.end(code);
  }

  #stopWaiting(): void {
    this.#isOver = true;
    this.#server.options.deadlines.cancel(this);
  }

  onProtocolError(error: ProtocolError): void {
    this.#refuse(refuse(error.closeName, error.message));
  }

  beforeFlush(): void {}

  onDrained(): void {}

  onLost(): void {
    this.#stopWaiting();
  }

  /** It should have been open by now. */
  onTime(): number {
    this.#end();
    return Number.POSITIVE_INFINITY;
  }
}
