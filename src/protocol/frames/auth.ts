import type { FieldWriter, FrameReader, FrameWriter } from "../bytes.ts";
import { readFlags } from "./flags.ts";
import { FrameType } from "./frame-type.ts";

/** The client renews its credential (§6.12). */
export interface AuthFrame {
  readonly type: typeof FrameType.auth;
  readonly credential: Uint8Array;
}

/** The server's answer to AUTH (§6.13). */
export interface AuthedFrame {
  readonly type: typeof FrameType.authed;
  readonly accepted: boolean;
  /** How long the credential is good for; 0: for ever. */
  readonly expiresInMs: number;
}

const ACCEPTED = 1;

export function readAuth(reader: FrameReader): AuthFrame {
  // A copy: a credential outlives the chunk of input that it came in.
  return { type: FrameType.auth, credential: reader.rest().slice() };
}

export function writeAuth(writer: FieldWriter, credential: Uint8Array): void {
  writer.frame(FrameType.auth, [credential]);
}

export function readAuthed(reader: FrameReader): AuthedFrame {
  return { type: FrameType.authed, accepted: !!readFlags(reader, ACCEPTED), expiresInMs: reader.varint() };
}

export function writeAuthed(writer: FrameWriter, accepted: boolean, expiresInMs: number): void {
  writer.beginFrame(FrameType.authed);
  writer.byte(accepted ? ACCEPTED : 0);
  writer.varint(expiresInMs);
  writer.endFrame();
}
