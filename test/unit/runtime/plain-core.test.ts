import assert from "node:assert/strict";
import { test } from "node:test";
import type { Handler } from "../../../src/handlers/supervisor.ts";
import { testServer } from "../../../src/testing/index.ts";

const endings: { readonly [name: string]: Handler } = {
  "by returning": async (session) => {
    const lobby = await session.join("lobby");
    for await (const message of session) {
      await lobby.send(message.text());
      break;
    }
    await lobby.send("the end");
  },
  "by closing": async (session) => {
    const lobby = await session.join("lobby");
    const message = await session.receive();
    await lobby.send(message?.text() ?? "");
    await lobby.send("the end");
    await session.close();
  },
};

for (const [how, handler] of Object.entries(endings)) {
  test(`a plain session that ends ${how} still hears what it sent to its rooms`, async () => {
    const server = await testServer(handler);
    const ann = await server.connectPlain();
    ann.send("hello");
    await server.advance(100);
    assert.deepEqual(ann.lines, ["hello", "the end"]);
    assert.equal(ann.isOpen, false);
    await server.close();
  });
}

test("a plain client reads what its handler says in the order in which it was said, in rooms and to itself", async () => {
  const server = await testServer(
    async (session) => {
      const lobby = await session.join("lobby");
      for await (const message of session) {
        await lobby.send(`${message.text()} 1`);
        await session.send(`${message.text()} 2`);
        await lobby.send(`${message.text()} 3`);
        void session.close();
        await session.send(`${message.text()} 4`).catch(() => {});
      }
    },
    { turnMs: 5 },
  );
  const ann = await server.connectPlain();
  ann.send("hello");
  await server.advance(100);
  assert.deepEqual(ann.lines, ["hello 1", "hello 2", "hello 3"]);
  await server.close();
});
