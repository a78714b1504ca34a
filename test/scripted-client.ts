import type { FrameWriter } from "../src/protocol/bytes.ts";
import { writeAck } from "../src/protocol/frames/ack.ts";
import { type CloseFrame, writeClose } from "../src/protocol/frames/close.ts";
import { type Frame, FrameType } from "../src/protocol/frames/frame.ts";
import { MessageFlag, writeMessage } from "../src/protocol/frames/message.ts";
import type { OpenFrame } from "../src/protocol/frames/open.ts";
import type { OpenedFrame } from "../src/protocol/frames/opened.ts";
import { writePong } from "../src/protocol/frames/ping.ts";
import type { Link } from "../src/testing/link.ts";
import type { MemoryFrameConnection } from "../src/testing/memory-frame-connection.ts";
import type { TestServer } from "../src/testing/test-server.ts";
import { writeOpenFrame } from "./frames.ts";

/** Longer than anything travels. */
const THERE_AND_BACK_MS = 10;

/** A client that a test plays, frame by frame, on one connection to a real server. */
export class ScriptedClient {
  /** What the server has said. */
  readonly frames: Frame[] = [];
  readonly link: Link<MemoryFrameConnection>;
  isLost = false;
  /** How many PONGs it has said. */
  pongs = 0;
  readonly #server: TestServer;

  private constructor(server: TestServer, link: Link<MemoryFrameConnection>) {
    this.#server = server;
    this.link = link;
    link.client.receiver = {
      onFrame: (frame) => void this.frames.push(frame),
      onProtocolError: (error) => {
        throw error;
      },
      beforeFlush: () => {},
      onDrained: () => {},
      onLost: () => {
        this.isLost = true;
      },
    };
  }

  static async dial(server: TestServer): Promise<ScriptedClient> {
    const link = server.network.dial("203.0.113.1", () => true);
    await server.advance(THERE_AND_BACK_MS);
    return new ScriptedClient(server, await link);
  }

  /** Says something, and waits until the server has answered. */
  async say(write: (writer: FrameWriter) => void): Promise<void> {
    write(this.link.client.writer);
    this.link.client.flush();
    await this.#server.advance(THERE_AND_BACK_MS);
  }

  open(fields: Partial<OpenFrame> = {}): Promise<void> {
    return this.say((writer) => writeOpenFrame(writer, { ...OPEN, ...fields }));
  }

  /** Opens the session that `opened` was about, once more. */
  reopen(opened: OpenedFrame, fields: Partial<OpenFrame> = {}): Promise<void> {
    return this.open({ sessionId: opened.sessionId, token: opened.token, attempt: 2, ...fields });
  }

  ack(number: number): Promise<void> {
    return this.say((writer) => writeAck(writer, 0, number));
  }

  message(sequence: number, text: string, flags = 0, repliesTo = 0): Promise<void> {
    return this.say((writer) => writeMessage(writer, MessageFlag.text | flags, sequence, repliesTo, text));
  }

  pong(data: Uint8Array = new Uint8Array(0)): Promise<void> {
    this.pongs += 1;
    return this.say((writer) => writePong(writer, data));
  }

  close(fields: Partial<CloseFrame> = {}): Promise<void> {
    const words = { code: 1000, reason: "", retryAfterMs: 0, sent: 0, received: 0, by: "client" } as const;
    return this.say((writer) => writeClose(writer, { ...words, ...fields }));
  }

  cut(): void {
    this.link.cut();
  }

  get opened(): OpenedFrame {
    return this.only(FrameType.opened);
  }

  /** The server's CLOSE: its code and its reason. */
  get closed(): readonly [code: number, reason: string] {
    const { code, reason } = this.only(FrameType.close);
    return [code, reason];
  }

  /** The one frame of this type that has come. */
  only<Type extends Frame["type"]>(type: Type): Extract<Frame, { readonly type: Type }> {
    const found = this.all(type);
    if (found.length !== 1) throw new Error(`${found.length} frames of type ${type} have come, not one`);
    return found[0] as Extract<Frame, { readonly type: Type }>;
  }

  all<Type extends Frame["type"]>(type: Type): Extract<Frame, { readonly type: Type }>[] {
    return this.frames.filter((frame) => frame.type === type) as Extract<Frame, { readonly type: Type }>[];
  }

  /** The texts of the messages that have come, with their numbers. */
  get messages(): string[] {
    return this.all(FrameType.message).map((frame) => `${frame.sequence} ${frame.text()}`);
  }
}

const OPEN = {
  sessionId: "",
  token: "",
  instance: "0123456789abcdef",
  attempt: 1,
  received: 0,
  acked: 0,
  sent: 0,
  windowMessages: 1_024,
  windowBytes: 1_048_576,
  rooms: [],
  credential: new Uint8Array(0),
} as const;
