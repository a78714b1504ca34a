import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatKit } from "../chat-kit.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { missing } from "../programs/missing.ts";
import { start } from "./bowline.ts";
import { Pty } from "./pty.ts";

const skip = missing("python3");
const LONG = "this is a line that is too long for one row of the small terminal";

test("what arrives is shown above what is being typed, however long that is", { skip }, async () => {
  await using chat = await ChatKit.start();
  const bob = chat.terminal();
  await using ann = new Pty(["connect", `127.0.0.1:${chat.port}`, "--name", "ann"]);
  await ann.see("* you are in lobby: ann", "ann>");
  ann.type(LONG);
  await ann.see("* you are in lobby: ann", `ann> ${LONG.slice(0, 55)}`, LONG.slice(55));
  bob.type("/nick bob");
  bob.type("hello");
  await ann.see(/guest-2|bob/, /\] bob: hello$/, `ann> ${LONG.slice(0, 55)}`, LONG.slice(55));
  ann.type("\r");
  await bob.expect(new RegExp(`ann: ${LONG}\n`));
  bob.type("/msg ann got it");
  await ann.see(/bob: hello$/, `ann> ${LONG.slice(0, 55)}`, LONG.slice(55), /\] bob to you: got it$/, "ann>");
});

test("arrow keys bring back what was typed before", { skip }, async () => {
  await using chat = await ChatKit.start();
  await using ann = new Pty(["connect", `127.0.0.1:${chat.port}`]);
  await ann.see("guest-1>");
  ann.type("/nick ann\r");
  await ann.see(/guest-1 is now ann$/, "ann>");
  ann.type("/who\r");
  await ann.see("ann> /who", "* in lobby: ann", "ann>");
  ann.type("\u001b[A\u001b[A");
  await ann.see("* in lobby: ann", "ann> /nick ann");
});

test("a lost line shows in the prompt, and what is typed meanwhile is sent", { skip }, async () => {
  await using chat = await ChatKit.start();
  await using proxy = await CuttingProxy.to(chat.port);
  const bob = chat.terminal();
  bob.type("/nick bob");
  await bob.expect(/lobby: bob\n/);
  await using ann = new Pty(["connect", `127.0.0.1:${proxy.port}`, "--name", "ann"]);
  await ann.see("ann>");
  proxy.isOpen = false;
  proxy.cut();
  await ann.see("reconnecting… ann>");
  ann.type("kept\r");
  await ann.see("reconnecting… ann> kept", "reconnecting… ann>");
  proxy.isOpen = true;
  await bob.expect(/ann: kept\n/);
  await ann.see("reconnecting… ann> kept", "ann>");
});

test("a server that was restarted is told in plain words, and hears what it may not have got", { skip }, async () => {
  const first = await start(["chat"]);
  await using _first = first.server;
  await using ann = new Pty(["connect", `127.0.0.1:${first.port}`, "--name", "ann"]);
  await ann.see("* you are in lobby: ann", "ann>");
  first.server.kill("SIGKILL");
  await first.server.exited();
  await ann.see("reconnecting… ann>");
  ann.type("meanwhile\r");
  await ann.see("reconnecting… ann> meanwhile", "reconnecting… ann>");
  await using _second = (await start(["chat"], first.port)).server;
  await ann.see(
    "* the server does not know you any more, as after a restart:",
    " you begin anew, and what it may not have got is sent again",
    "* lobby: messages from 1 on are missing: the server has begu",
    "n the room's log anew, as after a restart",
    "* you are in lobby: ann",
    "ann>",
  );
});

for (const [how, keys] of [
  ["bye", "bye\r"],
  ["Ctrl-D", "\u0004"],
  ["Ctrl-C", "\u0003"],
] as const) {
  test(`${how} ends it`, { skip }, async () => {
    await using chat = await ChatKit.start();
    const bob = chat.terminal();
    bob.type("hi");
    await bob.expect(/guest-1: hi\n/);
    await using ann = new Pty(["connect", `127.0.0.1:${chat.port}`, "--name", "ann"]);
    await ann.see("ann>");
    ann.type(keys);
    assert.equal(await ann.exited(), 0);
    await bob.expect(/\* ann left\n/);
  });
}
