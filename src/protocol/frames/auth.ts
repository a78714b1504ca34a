import type { ByteReader, FrameWriter } from "../bytes.ts";
import { ProtocolError } from "../protocol-error.ts";
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

export function readAuth(reader: ByteReader): AuthFrame {
  // A copy: a credential outlives the chunk of input that it came in.
  return { type: FrameType.auth, credential: reader.rest().slice() };
}

export function writeAuth(writer: FrameWriter, credential: Uint8Array): void {
  writer.beginFrame(FrameType.auth, credential.length);
  writer.bytes(credential);
  writer.endFrame();
}

export function readAuthed(reader: ByteReader): AuthedFrame {
  const flags = reader.byte();
  if ((flags & ~ACCEPTED) !== 0) throw new ProtocolError("Unknown flag in AUTHED", "§5.7");
  return { type: FrameType.authed, accepted: flags === ACCEPTED, expiresInMs: reader.varint() };
}

export function writeAuthed(writer: FrameWriter, accepted: boolean, expiresInMs: number): void {
  writer.beginFrame(FrameType.authed);
  writer.byte(accepted ? ACCEPTED : 0);
  writer.varint(expiresInMs);
  writer.endFrame();
}
