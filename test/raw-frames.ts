import { randomBytes } from "node:crypto";
import { ByteWriter } from "../src/protocol/bytes.ts";
import { writeAck } from "../src/protocol/frames/ack.ts";
import { MessageFlag, writeMessage } from "../src/protocol/frames/message.ts";
import type { OpenFrame } from "../src/protocol/frames/open.ts";
import { writeOpenFrame } from "./frames.ts";

// Frames as a client writes them, one at a time.

export const PREFACE = Buffer.from("BOWLINE/1\n");

export function openFrame(fields: Partial<OpenFrame> = {}): Uint8Array {
  const writer = new ByteWriter();
  writeOpenFrame(writer, {
    sessionId: "",
    token: "",
    instance: randomBytes(8).toString("hex"),
    attempt: 1,
    received: 0,
    acked: 0,
    sent: 0,
    windowMessages: 1_024,
    windowBytes: 1 << 20,
    rooms: [],
    credential: new Uint8Array(0),
    ...fields,
  });
  return writer.take();
}

export function ackFrame(number: number): Uint8Array {
  const writer = new ByteWriter();
  writeAck(writer, 0, number);
  return writer.take();
}

export function messageFrame(sequence: number, text: string): Uint8Array {
  const writer = new ByteWriter();
  writeMessage(writer, MessageFlag.text, sequence, 0, text);
  return writer.take();
}

/** The head of a request for a WebSocket; `headers` come on top. */
export function upgradeRequest(headers: Readonly<Record<string, string>> = {}): string {
  const lines = [
    "GET / HTTP/1.1",
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
