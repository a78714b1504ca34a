import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ByteWriter } from "../../src/protocol/bytes.ts";
import { writeAck } from "../../src/protocol/frames/ack.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import { MessageFlag, writeMessage } from "../../src/protocol/frames/message.ts";
import { writeOpen } from "../../src/protocol/frames/open.ts";

export type Wire = "lines" | "acknowledged lines" | "frames";

const TEXT = "x".repeat(64);
const LINE = Buffer.from(`${TEXT}\n`);
const NEWLINE = 10;
/** What a peer on acknowledged lines says now and then; as long as the frame for it. */
export const ACKNOWLEDGEMENT = "ack.";

/** One client: says messages of 64 bytes and counts what it hears. */
export abstract class Peer {
  protected readonly socket: Socket;
  #missing = 0;
  #onAll: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.count(this.read(chunk)));
  }

  /** Says so many messages in one write. */
  abstract say(messages: number): void;
  /** Acknowledges what was heard, where that can be said. */
  acknowledge(): void {}
  /** How many messages the chunk completes. */
  protected abstract read(chunk: Buffer): number;

  /** Resolves when so many more messages have come. */
  hear(messages: number): Promise<void> {
    this.#missing += messages;
    return new Promise((resolve) => {
      this.#onAll = resolve;
    });
  }

  protected count(messages: number): void {
    this.#missing -= messages;
    if (this.#missing <= 0) this.#onAll?.();
  }

  /** Forgets what was heard so far. */
  reset(): void {
    this.#missing = 0;
  }

  close(): void {
    this.socket.resetAndDestroy();
  }
}

class LinePeer extends Peer {
  say(messages: number): void {
    this.socket.write(messages === 1 ? LINE : Buffer.concat(Array.from({ length: messages }, () => LINE)));
  }

  protected read(chunk: Buffer): number {
    let lines = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    return lines;
  }
}

/** Says as often as one on frames how far it is. */
class AcknowledgingLinePeer extends LinePeer {
  #lines = 0;

  protected override read(chunk: Buffer): number {
    const lines = super.read(chunk);
    const isDue = this.#lines % ACK_EVERY > (this.#lines + lines) % ACK_EVERY;
    this.#lines += lines;
    if (isDue) this.socket.write(`${ACKNOWLEDGEMENT}\n`);
    return lines;
  }
}

class FramePeer extends Peer {
  readonly #writer = new ByteWriter();
  readonly #codec = new FrameCodec(2 ** 21);
  #sent = 0;
  #received = 0;
  #entries = 0;
  #onOpened: (() => void) | undefined;

  static async open(socket: Socket): Promise<FramePeer> {
    const peer = new FramePeer(socket);
    const opened = new Promise<void>((resolve) => {
      peer.#onOpened = resolve;
    });
    socket.write("BOWLINE/1\n");
    writeOpen(peer.#writer, {
      sessionId: "",
      token: "",
      instance: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      attempt: 1,
      received: 0,
      acked: 0,
      sent: 0,
      windowMessages: 1_024,
      windowBytes: 2 ** 20,
      rooms: [],
      credential: new Uint8Array(0),
    });
    socket.write(peer.#writer.take());
    await opened;
    return peer;
  }

  /** What was heard since is acknowledged in the same write. */
  say(messages: number): void {
    for (let left = messages; left > 0; left -= 1) {
      this.#sent += 1;
      writeMessage(this.#writer, MessageFlag.text, this.#sent, 0, TEXT);
    }
    writeAck(this.#writer, 0, this.#received);
    this.socket.write(this.#writer.take());
  }

  override acknowledge(): void {
    writeAck(this.#writer, 0, this.#received);
    this.socket.write(this.#writer.take());
  }

  #onEntry(alias: number, offset: number): void {
    this.#entries += 1;
    if (this.#entries % ACK_EVERY > 0) return;
    writeAck(this.#writer, alias, offset);
    this.socket.write(this.#writer.take());
  }

  protected read(chunk: Buffer): number {
    let messages = 0;
    this.#codec.push(chunk);
    for (let frame = this.#codec.next(); frame !== undefined; frame = this.#codec.next()) {
      if (frame.type === FrameType.message) this.#received = frame.sequence;
      if (frame.type === FrameType.message || frame.type === FrameType.entry) messages += 1;
      if (frame.type === FrameType.entry) this.#onEntry(frame.alias, frame.offset);
      if (frame.type === FrameType.opened) {
        writeAck(this.#writer, 0, 0);
        this.socket.write(this.#writer.take());
        this.#onOpened?.();
      }
    }
    return messages;
  }
}

/** Entries of a room that are acknowledged at once: a quarter of a window. */
const ACK_EVERY = 256;

/** Opens connections, a few at a time; each has exchanged a message, so that its session is there. */
export async function openPeers(port: number, wire: Wire, count: number): Promise<Peer[]> {
  const peers: Peer[] = [];
  while (peers.length < count) {
    const batch = Array.from({ length: Math.min(100, count - peers.length) }, () => openPeer(port, wire));
    peers.push(...(await Promise.all(batch)));
  }
  return peers;
}

async function openPeer(port: number, wire: Wire): Promise<Peer> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const peer = await makePeer(socket, wire);
  // A plain connection that is silent has no session yet. In a room, everybody hears this.
  const heard = peer.hear(1);
  peer.say(1);
  await heard;
  peer.acknowledge();
  return peer;
}

function makePeer(socket: Socket, wire: Wire): Peer | Promise<Peer> {
  if (wire === "frames") return FramePeer.open(socket);
  return wire === "lines" ? new LinePeer(socket) : new AcknowledgingLinePeer(socket);
}

export function closeAll(peers: readonly Peer[]): void {
  for (const peer of peers) peer.close();
}

/** Each peer says `messages` messages, `inFlight` at a time, and waits for every answer. */
export async function exchange(peers: readonly Peer[], messages: number, inFlight: number): Promise<void> {
  await Promise.all(
    peers.map(async (peer) => {
      for (let said = 0; said < messages; said += inFlight) {
        const heard = peer.hear(inFlight);
        peer.say(inFlight);
        await heard;
      }
    }),
  );
}

/** One peer says `messages` messages, `inFlight` at a time; the next are said when everybody has heard them. */
export async function broadcast(peers: readonly Peer[], messages: number, inFlight: number): Promise<void> {
  for (let said = 0; said < messages; said += inFlight) {
    const heard = peers.map((peer) => peer.hear(inFlight));
    peers[0]?.say(inFlight);
    await Promise.all(heard);
  }
}
