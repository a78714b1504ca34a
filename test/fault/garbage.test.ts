// Whatever comes, it ends nobody's connection but its own, and that one with a name.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Server } from "../../src/index.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { serveEcho } from "../echo-server.ts";
import { RawClient } from "../raw-client.ts";
import { ackFrame, messageFrame, openFrame, PREFACE, upgradeRequest } from "../raw-frames.ts";

const ROUNDS = 200;
const MASK = 0x1234_5678;
const CODES = [1000, 1002, 1007, 1009];

let server: Server;
let bystander: RawClient;
let questions = 0;

before(async () => {
  server = await serveEcho({ limits: { openTimeoutMs: 2_000, maxLineBytes: 4_096 } });
  bystander = await RawClient.connect(server.address.port);
});

after(async () => {
  await bystander[Symbol.asyncDispose]();
  await server.close({ drainTimeoutMs: 0 });
});

async function bystanderIsWell(): Promise<void> {
  questions += 1;
  bystander.write(`question ${questions}\n`);
  await bystander.expect(`question ${questions}\n`);
}

function garbage(random: SeededRandom): Uint8Array {
  const length = 1 + Math.floor(random.fraction() ** 3 * 2_000);
  return Uint8Array.from({ length }, () => Math.floor(random.fraction() * 256));
}

/** Sends `ROUNDS` pieces of garbage behind `beginning`, and lets `check` see what came back. */
async function throwGarbage(
  begin: (client: RawClient) => Promise<void>,
  check: (client: RawClient, sent: Uint8Array) => Promise<void>,
): Promise<void> {
  const seed = Date.now() % 1_000_000;
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round += 1) {
    await using client = await RawClient.connect(server.address.port);
    await begin(client);
    const bytes = garbage(random);
    client.write(bytes);
    client.socket.end();
    try {
      await check(client, bytes);
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}: ${Buffer.from(bytes).toString("hex")}`, { cause: error });
    }
    if (round % 20 === 0) await bystanderIsWell();
  }
  await bystanderIsWell();
}

describe("garbage", () => {
  test("as the first bytes", async () => {
    await throwGarbage(
      async () => {},
      async (client) => void (await client.ended()),
    );
  });

  test("as frames, before there is a session", async () => {
    await throwGarbage(
      async (client) => client.write(PREFACE),
      async (client) => {
        while (!client.isEnded || client.text !== "") {
          const frame = await client.frame().catch(() => undefined);
          // Half a frame at the end, or one that may be skipped, says nothing.
          if (frame === undefined) break;
          assert.equal(frame.type, FrameType.close);
          assert.ok(frame.type === FrameType.close && CODES.includes(frame.code));
        }
        await client.ended();
      },
    );
  });

  test("as frames, in a session", async () => {
    await throwGarbage(
      async (client) => {
        client.write(Buffer.concat([PREFACE, openFrame()]));
        assert.equal((await client.frame()).type, FrameType.opened);
        client.write(Buffer.concat([ackFrame(0), messageFrame(1, "hello")]));
        while ((await client.frame()).type !== FrameType.message);
      },
      async (client) => void (await client.ended()),
    );
  });

  test("as a WebSocket's frames", async () => {
    await throwGarbage(
      async (client) => {
        client.write(upgradeRequest());
        await client.expect("\r\n\r\n");
      },
      async (client) => {
        const rest = Buffer.from(await client.ended(), "latin1");
        assert.ok(rest.length === 0 || rest.length >= 2);
      },
    );
  });

  test("as messages of bowline.1", async () => {
    await throwGarbage(
      async (client) => {
        client.write(upgradeRequest({ "Sec-WebSocket-Protocol": "bowline.1" }));
        await client.expect("\r\n\r\n");
        client.write(encodeWebSocketFrame(OPCODE.binary, garbage(new SeededRandom(1)), MASK));
      },
      async (client) => void (await client.ended()),
    );
  });

  test("as the head of a request", async () => {
    await throwGarbage(
      async (client) => client.write("GET / HTTP/1.1\r\n"),
      async (client) => void (await client.ended()),
    );
  });
});

describe("each broken rule has a name", () => {
  const CASES: readonly (readonly [name: string, code: number, bytes: readonly Uint8Array[]])[] = [
    ["a frame before OPEN", 1002, [ackFrame(0)]],
    ["a frame without a type", 1002, [Uint8Array.of(0)]],
    ["a frame of no known type", 1002, [Uint8Array.of(2, 63, 0)]],
    ["an OPEN that is longer than maxOpenBytes", 1002, [Uint8Array.of(0xff, 0xff, 0x7f, 1)]],
    ["a frame between OPEN and OPENED", 1002, [openFrame(), openFrame()]],
  ];
  for (const [name, code, bytes] of CASES) {
    test(name, async () => {
      await using client = await RawClient.connect(server.address.port);
      client.write(Buffer.concat([PREFACE, ...bytes]));
      const frame = await client.frame();
      assert.ok(frame.type === FrameType.close, `frame of type ${frame.type}`);
      assert.equal(frame.code, code);
      assert.notEqual(frame.reason, "");
      await client.ended();
    });
  }

  test("a message that was not next", async () => {
    await using client = await RawClient.connect(server.address.port);
    client.write(Buffer.concat([PREFACE, openFrame()]));
    await client.frame();
    client.write(Buffer.concat([ackFrame(0), messageFrame(7, "too far")]));
    let frame = await client.frame();
    while (frame.type === FrameType.ack) frame = await client.frame();
    assert.ok(frame.type === FrameType.close);
    assert.equal(frame.code, 1002);
  });

  test("a line that is too long", async () => {
    await using client = await RawClient.connect(server.address.port);
    client.write(`${"x".repeat(5_000)}\n`);
    assert.equal(await client.ended(), "error: line longer than 4096 bytes\n");
  });

  test("a line that never ends is refused as soon as it is too long", async () => {
    await using client = await RawClient.connect(server.address.port);
    client.write("hello\n");
    await client.expect("hello\n");
    client.write("x".repeat(4_097));
    assert.equal(await client.ended(), "error: line longer than 4096 bytes\n");
  });

  test("a frame that is cut in the middle ends nothing: the session is resumed", async () => {
    const open = { instance: "0123456789abcdef" };
    const first = await RawClient.connect(server.address.port);
    first.write(Buffer.concat([PREFACE, openFrame(open)]));
    const opened = await first.frame();
    assert.ok(opened.type === FrameType.opened);
    first.write(Buffer.concat([ackFrame(0), messageFrame(1, "one"), messageFrame(2, "two").subarray(0, 4)]));
    while ((await first.frame()).type !== FrameType.message);
    first.socket.resetAndDestroy();
    await using second = await RawClient.connect(server.address.port);
    const { sessionId, token } = opened;
    second.write(
      Buffer.concat([PREFACE, openFrame({ ...open, sessionId, token, attempt: 2, received: 1, acked: 0, sent: 2 })]),
    );
    const resumed = await second.frame();
    assert.ok(resumed.type === FrameType.opened);
    assert.deepEqual([resumed.origin, resumed.received, resumed.sent], ["resumed", 1, 1]);
    second.write(Buffer.concat([ackFrame(1), messageFrame(2, "two")]));
    let frame = await second.frame();
    while (frame.type !== FrameType.message) frame = await second.frame();
    assert.equal(frame.text(), "two");
  });
});
