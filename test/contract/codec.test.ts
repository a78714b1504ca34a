import fc from "fast-check";
import { FrameCodec } from "../../src/protocol/frames/frame-codec.ts";
import { LineCodec } from "../../src/protocol/lines.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../../src/protocol/websocket/websocket-codec.ts";
import { anyFrame, bytesOfFrame, mangled } from "../arbitrary-frames.ts";
import { describe } from "../frames.ts";
import { clientFrame } from "../websocket-frames.ts";
import { codecSuite } from "./codec-suite.ts";

codecSuite({
  name: "frames",
  create: (maxUnitBytes) => new FrameCodec(maxUnitBytes),
  describe,
  units: concatenated(anyFrame.map(bytesOfFrame)),
  garbage: concatenated(mangled(anyFrame.map(bytesOfFrame))),
  unitOf: (length) => Buffer.concat([varint(length), Uint8Array.of(12), Buffer.alloc(length - 1)]),
  announcementOf: (length) => Buffer.concat([varint(length), Uint8Array.of(12)]),
});

const line = fc
  .array(fc.constantFrom(0x61, 0xc3, 0xa9, 0x0d), { maxLength: 40 })
  .map((it) => Buffer.from([...it, 0x0a]));

codecSuite({
  name: "plain lines",
  create: (maxUnitBytes) => new LineCodec(maxUnitBytes),
  describe: ({ text, ending }) => [text, ending],
  units: concatenated(line),
  garbage: concatenated(fc.oneof(line, fc.uint8Array({ maxLength: 400 }))),
  unitOf: (length) => Buffer.from(`${"a".repeat(length)}\n`),
  endsUnits: true,
});

const webSocketFrame = fc
  .record({
    opcode: fc.constantFrom(OPCODE.text, OPCODE.binary, OPCODE.ping, OPCODE.pong),
    payload: fc.string({ unit: "grapheme", maxLength: 30 }),
    mask: fc.integer({ min: 0, max: 0xffff_ffff }),
  })
  .map(clientFrame);

codecSuite({
  name: "WebSocket",
  create: (maxUnitBytes) => new WebSocketCodec({ role: "server", maxMessageBytes: maxUnitBytes }),
  describe: (unit) => (unit.kind === "close" ? [unit.code, unit.reason] : [unit.kind, Buffer.from(unit.data)]),
  units: concatenated(webSocketFrame),
  garbage: concatenated(mangled(webSocketFrame)),
  unitOf: (length) => clientFrame({ opcode: OPCODE.binary, payload: new Uint8Array(length) }),
  announcementOf: (length) =>
    clientFrame({ opcode: OPCODE.binary, payload: "", announced: BigInt(length), lengthBits: 64 }),
});

function concatenated(part: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.array(part, { maxLength: 8 }).map((parts) => Uint8Array.from(Buffer.concat(parts)));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
