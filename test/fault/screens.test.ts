// Nobody rewrites another's screen: what plain terminals are shown steers nothing, whoever wrote it and by whatever way.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { serve } from "bowline";
import { connect } from "bowline/client";
import { WebSocket } from "ws";
import { RawClient } from "../raw-client.ts";

const timeout = 30_000;

/** What steers a terminal, as UTF-8 or as bytes of its own. */
const ATTACKS: readonly (readonly [what: string, text: string])[] = [
  ["clears the screen", "\u001b[2J\u001b[H"],
  ["writes elsewhere", "\u001b[1;1Hroot:"],
  ["clears it in C1", "\u009b2J"],
  ["sets the title", "\u001b]0;owned\u0007"],
  ["sets the title in C1", "\u009d0;owned\u009c"],
  ["asks the terminal to type", "\u001b[6n\u001b[c\u0005"],
  ["goes back", "\b\b\b\b\u007f"],
  ["overwrites the line", "innocent\rroot: pay me"],
  ["shifts the alphabet", "\u000e\u008e"],
  ["turns the text around", "\u202etxet\u202c \u2067\u2069"],
  ["begins a line of somebody else's", "\u2028root: hello\u2029\u0085root: hello"],
  ["ends in the middle", "\u001b["],
  ["goes on from there", "2J"],
];
const ALLOWED = /^[\t\n\u0020-\u007e\u00a0-\u2027\u202f-\u2065\u206a-\uffff]*$/;
const LAST = "that was all";

test("what others say cannot steer a terminal", { timeout }, async () => {
  await using server = await serve({ port: 0 }, async (session) => {
    const room = await session.join("room");
    await session.send("in");
    for await (const message of session) {
      const text = message.text();
      await room.send(text);
      await room.send(Uint8Array.of(1, 2, 3), { text });
      await room.send(text, { ephemeral: true });
      await session.send(text);
    }
  });
  const { port } = server.address;
  await using victim = await RawClient.connect(port);
  victim.write("hello\n");
  await victim.expect("in\n");

  const frames = await connect(`bowline://127.0.0.1:${port}`);
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(webSocket, "open");
  await using lines = await RawClient.connect(port);
  for (const [, text] of ATTACKS) {
    await frames.send(`frames ${text}`);
    await frames.send(new TextEncoder().encode(`bytes ${text}`));
    webSocket.send(`websocket ${text}`);
    lines.write(`lines ${text}\n`);
    // What is no UTF-8 at all: a terminal that reads Latin-1 takes 9b for the beginning of a command.
    lines.write(Buffer.concat([Buffer.from("latin "), Buffer.from(text, "latin1"), Buffer.from("\n")]));
  }
  await frames.flush();
  for (const socket of [lines, { write: (text: string) => webSocket.send(text.trim()) }]) socket.write(`${LAST}\n`);
  for (let last = 0; last < 2; last += 1) await victim.expect(new RegExp(`${LAST}\n`));
  await frames.close();
  webSocket.close();

  const shown = Buffer.from(victim.text, "latin1");
  const text = new TextDecoder("utf-8", { fatal: true }).decode(shown);
  for (const line of text.split("\n")) {
    assert.match(line, ALLOWED, JSON.stringify(line));
    // Nobody can begin a line: each says first which way it came.
    assert.match(
      line,
      /^(frames|bytes|websocket|lines|latin|hello|in|that was all|root: pay me|$)/,
      JSON.stringify(line),
    );
  }
  for (const [, attack] of ATTACKS.filter(([what]) => what === "goes on from there")) assert.ok(text.includes(attack));
});
