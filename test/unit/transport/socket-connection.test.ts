import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { LineConnection } from "../../../src/transport/line-connection.ts";
import { turn, until } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

test("what waits for a slow peer waits in one place, and keeps no more memory than it needs", async () => {
  await using pair = await socketPair();
  const { server, client } = pair;
  const connection = new LineConnection(server, transportEnvironment(), "server");
  connection.start();
  const written: Uint8Array[] = [];
  const write = server.write.bind(server);
  server.write = (bytes: Uint8Array): boolean => {
    written.push(bytes);
    return write(bytes);
  };
  const others = new ByteWriter();
  const lineAfterLine = "x".repeat(60_000);
  while (server.writableLength === 0) {
    connection.sendMessage(lineAfterLine);
    await turn();
  }
  const before = written.length;
  for (let line = 0; line < 1_000; line += 1) {
    connection.sendMessage("a short line");
    // Everybody writes into the same slabs.
    others.bytes(new Uint8Array(8_000));
    others.take();
    await turn();
    const { length, buffer } = connection.writer.view();
    assert.ok(buffer.byteLength <= 2 * length + 256, `${buffer.byteLength} bytes for ${length}`);
  }
  assert.equal(written.length, before);
  let received = "";
  client.on("data", (bytes) => {
    received = (received + String(bytes)).slice(-20_000);
  });
  client.resume();
  await until(() => received.endsWith(`a short line${connection.lineEnding}`.repeat(1_000)), "all lines");
  assert.equal(written.length, before + 1);
});
