import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bowline, start } from "../cli/bowline.ts";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";
import { ChatBrowser } from "./chat-page.ts";

const seedClient = join(import.meta.dirname, "..", "..", "..", "test", "fault", "seed", "client.py");

test("nc, telnet, the tutorial's client, connect, a page and a program meet in one room, in one order", {
  skip: missing("chromium", "nc", "telnet", "python3"),
}, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using browser = await ChatBrowser.launch();
  const page = await browser.visit(port, "pia");
  await using nc = new Program("nc", ["127.0.0.1", String(port)]);
  await using telnet = new Program("telnet", ["127.0.0.1", String(port)]);
  await using python = new Program("python3", ["-u", seedClient, "127.0.0.1", String(port)]);
  await using terminal = bowline(["connect", `127.0.0.1:${port}`, "--name", "connie"]);
  await using program = bowline(["connect", `ws://127.0.0.1:${port}`, "--json", "--room", "lobby", "--name", "jay"]);
  await terminal.expect(/you are in lobby/);
  await program.expect(/"to":"join"/);
  await telnet.expect(/Escape character/);

  nc.write("/nick nell\n");
  await nc.expect(/\* you are in lobby: .*\n/);
  telnet.write("/nick ted\n");
  await telnet.expect(/\* you are in lobby: .*\r?\n/);
  python.write("/nick py\n");
  await python.expect(/Server response: \* you are in lobby: .*py\n/);

  // Each speaks when all have heard the one before.
  const everybody = [nc, telnet, terminal];
  const heard = async (who: string, text: string) => {
    for (const listener of everybody) await listener.expect(new RegExp(`\\] ${who}: ${text}\r?\n`));
    await program.expect(new RegExp(`"who":"${who}","text":"${text}"`));
    await page.read(text);
  };
  nc.write("from nc\n");
  await heard("nell", "from nc");
  telnet.write("from telnet\n");
  await heard("ted", "from telnet");
  python.write("from python\n");
  await heard("py", "from python");
  terminal.write("from connect\n");
  await heard("connie", "from connect");
  program.write('{"type":"say","room":"lobby","text":"from a program"}\n');
  await heard("jay", "from a program");
  await page.say("from a page");
  await heard("pia", "from a page");

  const said = ["nc", "telnet", "python", "connect", "a program", "a page"].map((where) => `from ${where}`);
  assert.deepEqual(await page.said(), said);
  await page.see("pia", "connie", "jay", "nell", "ted", "py");

  // All at once: whatever the order is, it is everybody's.
  const speakers = { nell: nc, ted: telnet, connie: terminal };
  for (const [who, speaker] of Object.entries(speakers)) {
    for (let number = 1; number <= 5; number += 1) speaker.write(`${who} ${number}\n`);
  }
  for (let number = 1; number <= 5; number += 1) {
    program.write(`{"type":"say","room":"lobby","text":"jay ${number}"}\n`);
    await page.say(`pia ${number}`);
  }
  await page.page
    .locator(".say.sent")
    .nth(said.length + 24)
    .waitFor();
  const order = (await page.said()).slice(said.length);
  assert.equal(new Set(order).size, 25);
  const inLines = ({ stdout }: Program) => [...stdout.matchAll(/\] \w+: (\w+ \d)\r?\n/g)].map(([, text]) => text);
  const inJson = ({ stdout }: Program) => [...stdout.matchAll(/"text":"(\w+ \d)"/g)].map(([, text]) => text);
  for (const listener of everybody) {
    await listener.expect(new RegExp(`: ${order.at(-1)}\r?\n`));
    assert.deepEqual(inLines(listener), order);
  }
  await program.expect(new RegExp(`"${order.at(-1)}"`));
  assert.deepEqual(inJson(program), order);

  // What came meanwhile is what the tutorial's client reads next, line upon line; then it is up to date again.
  python.write("bye\n");
  assert.equal(await python.end(), 0);
  assert.match(python.stdout, /Server response: .*from nc/s);
  for (const each of [nc, telnet]) {
    each.write("bye\n");
    await each.expect(/\* bye, /);
  }
  assert.equal(await terminal.end(), 0);
  assert.equal(await program.end(), 0);
  await page.see("pia");
  assert.deepEqual(browser.complaints, []);
});
