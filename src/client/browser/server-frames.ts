import type { FrameReader } from "../../protocol/bytes.ts";
import { readAck } from "../../protocol/frames/ack.ts";
import { readAuthed } from "../../protocol/frames/auth.ts";
import { readClose } from "../../protocol/frames/close.ts";
import { readEntry } from "../../protocol/frames/entry.ts";
import { readFlags } from "../../protocol/frames/flags.ts";
import { FrameType } from "../../protocol/frames/frame.ts";
import { FIRST_OPTIONAL_TYPE } from "../../protocol/frames/frame-type.ts";
import { readGap } from "../../protocol/frames/gap.ts";
import { readJoined } from "../../protocol/frames/joined.ts";
import { readLeft } from "../../protocol/frames/left.ts";
import { KNOWN_MESSAGE_FLAGS, MessageFlag } from "../../protocol/frames/message.ts";
import { readOpened } from "../../protocol/frames/opened.ts";
import { readPing, readPong } from "../../protocol/frames/ping.ts";
import { readToken } from "../../protocol/frames/token.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import type { ReceivedFrame, ServerFrame } from "../../session/client-ports.ts";
import { PageReader } from "./page-reader.ts";

/** What servers send, by type: an OPEN, number 1, is a client's, and so is an AUTH, number 12. */
const READERS: readonly (((reader: FrameReader) => ServerFrame) | undefined)[] = [
  undefined,
  undefined,
  readOpened,
  readMessage,
  readEntry,
  readAck,
  readJoined,
  readLeft,
  readGap,
  readPing,
  readPong,
  readClose,
  undefined,
  readAuthed,
  undefined,
  readToken,
];

/** A page's MESSAGE needs no class: it has one reader, and what it arrived in is its own. */
function readMessage(reader: FrameReader): ReceivedFrame {
  const flags = readFlags(reader, KNOWN_MESSAGE_FLAGS);
  const sequence = reader.varint();
  const repliesTo = flags & MessageFlag.isReply ? reader.varint() : 0;
  return { type: FrameType.message, flags, sequence, repliesTo, payload: reader.rest() };
}

/** The next frame of a WebSocket message, whose frames are whole (`docs/protocol.md` §4); none for one to be skipped. */
export function readServerFrame(message: PageReader): ServerFrame | undefined {
  const body = new PageReader(message.bytes(message.varint()));
  const type = body.byte();
  const frame = READERS[type]?.(body);
  if (frame ? body.remaining : type < FIRST_OPTIONAL_TYPE)
    throw new ProtocolError("Bytes after the last field, or a frame of no known type", "§5.6, §5.8");
  return frame;
}
