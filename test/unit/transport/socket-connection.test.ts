import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { LineConnection } from "../../../src/transport/line-connection.ts";
import { turn } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

test("what waits for a slow peer keeps no more memory than it needs", async () => {
  await using pair = await socketPair();
  const { server } = pair;
  const connection = new LineConnection(server, transportEnvironment(), "server");
  const waiting: Uint8Array[] = [];
  const write = server.write.bind(server);
  server.write = (bytes: Uint8Array): boolean => {
    if (server.writableLength > 0) waiting.push(bytes);
    return write(bytes);
  };
  const others = new ByteWriter();
  const lineAfterLine = "x".repeat(60_000);
  while (server.writableLength === 0) {
    connection.sendMessage(lineAfterLine);
    await turn();
  }
  for (let line = 0; line < 100; line += 1) {
    connection.sendMessage("a short line");
    // Everybody writes into the same slabs.
    others.bytes(new Uint8Array(8_000));
    others.take();
    await turn();
  }
  assert.equal(waiting.length, 100);
  for (const { length, buffer } of waiting) assert.ok(buffer.byteLength <= 2 * length, `${buffer.byteLength} bytes`);
});
