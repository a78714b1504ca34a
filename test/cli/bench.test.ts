import assert from "node:assert/strict";
import { test } from "node:test";
import { run, start } from "./bowline.ts";

const SHORT = ["--seconds", "1", "--clients", "3"];

test("bench loads a server of its own with every workload", async () => {
  const { code, stdout, stderr } = await run(["bench", ...SHORT]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^a server of its own: 3 connections/);
  assert.match(stdout, /ping-pong +[\d,]+ messages a second/);
  assert.match(stdout, /pipeline of 64 +[\d,]+ messages a second/);
  assert.match(stdout, /latency at 1000\/s +p50 [\d.]+ ms, p99 [\d.]+ ms/);
  assert.match(stdout, /connect, say, leave +[\d,]+ visits a second/);
});

test("bench loads the chat, where everybody hears everything", async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  const { code, stdout, stderr } = await run(["bench", `localhost:${port}`, "--room", ...SHORT]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /one at a time +[\d,]+ deliveries a second/);
});

test("bench says in a sentence what is wrong", async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  server.kill("SIGKILL");
  await server.exited();
  const gone = await run(["bench", `localhost:${port}`, ...SHORT]);
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /^bowline: bowline:\/\/localhost:\d+: connect ECONNREFUSED [^\n]+\n$/);
  const cases: [string[], RegExp][] = [
    [["--clients", "none"], /--clients is none, and should be a whole number up to 20000/],
    [["--seconds", "61"], /--seconds is 61, and should be a whole number up to 60/],
    [["gopher://localhost"], /"gopher:\/\/localhost" is not a server's URL/],
    [["tcp://localhost", "--bare"], /--bare is for WebSocket/],
    [["a:1", "b:2"], /"b:2" is a second one/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await run(["bench", ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
  }
});
