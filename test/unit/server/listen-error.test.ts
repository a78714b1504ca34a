import assert from "node:assert/strict";
import { test } from "node:test";
import { ListenError, serve } from "../../../src/index.ts";
import { serveEcho } from "../../echo-server.ts";

function messageFor(code: string): string {
  return new ListenError("example.com", 80, Object.assign(new Error("what the system says"), { code })).message;
}

test("a port that is taken is named, with what to do", async () => {
  await using server = await serveEcho();
  const { port } = server.address;
  await assert.rejects(
    serve({ port }, () => {}),
    (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(error.code, "EADDRINUSE");
      assert.match(error.message, new RegExp(`^port ${port} on 127.0.0.1 is taken: .*choose another port$`));
      assert.ok(error.cause instanceof Error);
      return true;
    },
  );
});

test("a host that is not ours is named", async () => {
  await assert.rejects(
    serve({ port: 0, host: "203.0.113.1" }, () => {}),
    {
      name: "ListenError",
      code: "EADDRNOTAVAIL",
      message: /^203\.0\.113\.1 is not an address of this machine/,
    },
  );
});

test("every other failure is a sentence, too", () => {
  assert.match(messageFor("EACCES"), /^port 80 on example\.com may not be opened: choose a port above 1023/);
  assert.equal(messageFor("EODD"), "cannot listen on port 80 of example.com: what the system says");
});
