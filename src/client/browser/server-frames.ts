import { ByteReader } from "../../protocol/bytes.ts";
import { readAck } from "../../protocol/frames/ack.ts";
import { readAuthed } from "../../protocol/frames/auth.ts";
import { readClose } from "../../protocol/frames/close.ts";
import { readEntry } from "../../protocol/frames/entry.ts";
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

/** What servers send, by type: an OPEN, number 1, is a client's, and so is an AUTH, number 12. */
const READERS: readonly (((reader: ByteReader) => ServerFrame) | undefined)[] = [
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
function readMessage(reader: ByteReader): ReceivedFrame {
  const flags = reader.byte();
  if (flags & ~KNOWN_MESSAGE_FLAGS) throw new ProtocolError("Unknown flag in MESSAGE", "§5.7");
  const sequence = reader.varint();
  const repliesTo = flags & MessageFlag.isReply ? reader.varint() : 0;
  return { type: FrameType.message, flags, sequence, repliesTo, payload: reader.rest() };
}

/** The frames of one WebSocket message, which are whole (`docs/protocol.md` §4): there is nothing to wait for. */
export function* serverFrames(message: Uint8Array): Iterable<ServerFrame> {
  const reader = new ByteReader(message);
  while (reader.remaining) {
    const body = new ByteReader(reader.bytes(reader.varint()));
    const type = body.byte();
    const read = READERS[type];
    if (read) {
      yield read(body);
      if (body.remaining) throw new ProtocolError("Frame has bytes after its last field", "§5.6");
    } else if (type < FIRST_OPTIONAL_TYPE) {
      throw new ProtocolError(`Unknown frame type ${type}`, "§5.8");
    }
  }
}
