import { ByteReader } from "../../protocol/bytes.ts";
import { readAck } from "../../protocol/frames/ack.ts";
import { readAuthed } from "../../protocol/frames/auth.ts";
import { readClose } from "../../protocol/frames/close.ts";
import { readEntry } from "../../protocol/frames/entry.ts";
import { type Frame, FrameType } from "../../protocol/frames/frame.ts";
import { FIRST_OPTIONAL_TYPE } from "../../protocol/frames/frame-type.ts";
import { readGap } from "../../protocol/frames/gap.ts";
import { readJoined } from "../../protocol/frames/joined.ts";
import { readLeft } from "../../protocol/frames/left.ts";
import { readMessage } from "../../protocol/frames/message.ts";
import { readOpened } from "../../protocol/frames/opened.ts";
import { readPing, readPong } from "../../protocol/frames/ping.ts";
import { readToken } from "../../protocol/frames/token.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";

/** What servers send. */
const READERS: { readonly [type: number]: (reader: ByteReader) => Frame } = {
  [FrameType.opened]: readOpened,
  [FrameType.message]: readMessage,
  [FrameType.entry]: readEntry,
  [FrameType.ack]: readAck,
  [FrameType.joined]: readJoined,
  [FrameType.left]: readLeft,
  [FrameType.gap]: readGap,
  [FrameType.ping]: readPing,
  [FrameType.pong]: readPong,
  [FrameType.close]: readClose,
  [FrameType.authed]: readAuthed,
  [FrameType.token]: readToken,
};

/** The frames of one WebSocket message, which are whole (`docs/protocol.md` §4): there is nothing to wait for. */
export function* serverFrames(message: Uint8Array): Iterable<Frame> {
  const reader = new ByteReader(message);
  while (reader.remaining > 0) {
    const body = new ByteReader(reader.bytes(reader.varint()));
    const type = body.byte();
    const read = READERS[type];
    if (read !== undefined) {
      yield read(body);
      if (body.remaining > 0) throw new ProtocolError("Frame has bytes after its last field", "§5.6");
    } else if (type < FIRST_OPTIONAL_TYPE) {
      throw new ProtocolError(`Unknown frame type ${type}`, "§5.8");
    }
  }
}
