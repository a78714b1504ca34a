import assert from "node:assert/strict";
import { test } from "node:test";
import { run, start } from "../cli/bowline.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { missing } from "../programs/missing.ts";
import { ChatBrowser } from "./chat-page.ts";

const skip = missing("chromium");

test("two people talk, and nothing that they write is anything but text", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(port, "ann");
  const bob = await browser.visit(port, "bob");
  const attempts = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    'javascript:alert(3) http://x.example/"onmouseover=alert(4)',
    "</p></li><h1>hello</h1>",
    "{{constructor.constructor('alert(5)')()}}",
  ];
  for (const attempt of attempts) {
    await ann.say(attempt);
    await bob.read(attempt);
  }
  await bob.say("two\nlines");
  await ann.read("two");
  assert.deepEqual(await ann.said(), [...attempts, "two\nlines"]);
  assert.deepEqual(await bob.said(), await ann.said());
  await ann.see("ann", "bob");
  const link = bob.page.locator(".text a");
  assert.equal(await link.getAttribute("href"), "http://x.example/");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  assert.equal(await bob.page.locator(".messages :is(img, script, h1)").count(), 0);
  assert.deepEqual(browser.complaints, []);
});

test("without a line the page says so, keeps what is written, and sends it once", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using proxy = await CuttingProxy.to(port);
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(proxy.port, "ann");
  const bob = await browser.visit(port, "bob");
  await ann.say("before");
  await bob.read("before");
  const line = ann.page.getByRole("status");
  assert.equal(await line.isVisible(), false);
  proxy.isOpen = false;
  proxy.cut();
  await line.filter({ hasText: "What you write is kept, and sent when the line is back." }).waitFor();
  for (const text of ["one", "two"]) await ann.say(text);
  await ann.page.locator(".sending .text", { hasText: "two" }).waitFor();
  await bob.say("meanwhile");
  await bob.read("meanwhile");
  proxy.isOpen = true;
  await ann.page.evaluate("dispatchEvent(new Event('online'))");
  await bob.read("two");
  await ann.read("two");
  await line.waitFor({ state: "hidden" });
  const said = ["before", "meanwhile", "one", "two"];
  assert.deepEqual([await ann.said(), await bob.said()], [said, said]);
  assert.deepEqual(browser.complaints, []);
});

test("a server that was killed and started again finds everybody back, under their names", { skip }, async () => {
  const first = await start(["chat"]);
  await using _first = first.server;
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(first.port, "ann");
  await ann.say("before");
  await ann.read("before");
  first.server.kill("SIGKILL");
  await first.server.exited();
  await ann.page.getByRole("status").filter({ hasText: "Reconnecting" }).waitFor();
  await ann.say("kept");
  await using _second = (await start(["chat"], first.port)).server;
  await ann.read("kept");
  const bob = await browser.visit(first.port, "bob");
  await bob.read("kept");
  await bob.see("ann", "bob");
  assert.deepEqual(browser.complaints, []);
});

test("a reload changes nothing: the session goes on", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(port, "ann");
  const bob = await browser.visit(port, "bob");
  await ann.say("before");
  await bob.read("before");
  await ann.page.reload();
  await ann.read("before");
  assert.equal(await ann.page.locator("#my-nick").textContent(), "ann");
  await bob.say("after");
  await ann.read("after");
  assert.deepEqual(await ann.said(), ["before", "after"]);
  assert.equal(await bob.page.getByText("ann left").count(), 0);
});

test("what was said long before comes page by page, and what is new waits below", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  const numbers = Array.from({ length: 120 }, (_, index) => `number ${index + 1}`);
  await run(["connect", `127.0.0.1:${port}`, "--name", "bob"], { input: `${numbers.join("\n")}\n` });
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(port, "ann");
  await ann.read("number 120");
  assert.deepEqual(await ann.said(), numbers.slice(70));
  const earlier = ann.page.getByRole("button", { name: "Earlier messages" });
  await earlier.click();
  await ann.page.locator(".text", { hasText: /^number 21$/ }).waitFor();
  await earlier.click();
  await earlier.waitFor({ state: "hidden" });
  assert.deepEqual(await ann.said(), numbers);
  await ann.page.getByRole("log").evaluate("(log) => { log.scrollTop = 0; }");
  await ann.page.locator(".text", { hasText: /^number 1$/ }).hover();
  await run(["connect", `127.0.0.1:${port}`], { input: "something new\n" });
  await ann.page.getByRole("button", { name: "New messages below" }).click();
  await ann.page.getByText("something new").hover({ timeout: 5_000 });
});

test("a name that is taken is asked for again", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using browser = await ChatBrowser.launch();
  await browser.visit(port, "ann");
  const bob = await browser.visit(port, "");
  const nick = bob.page.getByRole("textbox", { name: "What should people call you?" });
  await nick.fill("Ann");
  await nick.press("Enter");
  await bob.page.getByRole("alert").filter({ hasText: "Ann is somebody else" }).waitFor();
  await nick.fill("b b");
  await nick.press("Enter");
  await bob.page
    .getByRole("alert")
    .filter({ hasText: /^A name must be 1 to 24 letters/ })
    .waitFor();
  await bob.callMe("bob");
});

test("commands do what they do in a terminal, and one that there is not says so", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(port, "ann");
  const bob = await browser.visit(port, "bob");
  await bob.say("/join dev");
  await bob.page.getByRole("heading", { name: "dev", level: 1 }).waitFor();
  await bob.page.locator(".messages.blank").waitFor();
  const answers = [
    ["/nonsense", "unknown command /nonsense; /help lists the commands"],
    ["/toString", "unknown command /toString; /help lists the commands"],
    ["/who", "In lobby: ann, bob"],
    ["/who #Dev", "In dev: bob"],
    ["/who no/room", "room: must be"],
    ["/rooms", "Rooms: lobby (2), dev (1)"],
    ["/join", "it goes like this: /join ROOM"],
    ["/msg bob", "it goes like this: /msg NICK TEXT"],
    ["/search nothing", "Nothing in lobby has these words: nothing"],
    ["/help", "/who ROOM, /rooms"],
    ["/bye", "close this page"],
  ] as const;
  for (const [command, answer] of answers) {
    await ann.say(command);
    await ann.page.locator(".note .text").last().filter({ hasText: answer }).waitFor();
  }
  await ann.say("/usr/bin is a path");
  await ann.say("//who asks who is here");
  await bob.page.getByRole("button", { name: /^lobby/ }).click();
  await bob.read("/who asks who is here");
  assert.deepEqual(await ann.said(), ["/usr/bin is a path", "/who asks who is here"]);
  await ann.say("/leave");
  await ann.say("/msg bob psst");
  await ann.say("/who");
  await ann.page.locator(".note", { hasText: "it goes like this: /who ROOM" }).waitFor();
  assert.deepEqual(browser.complaints, []);
});

test("on the smallest screen, by keyboard: rooms, one person, and what waits there", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(port, "ann");
  const bob = await browser.visit(port, "bob", { width: 320, height: 600 });
  const { page } = bob;
  const press = async (name: string | RegExp) => {
    await page.getByRole("button", { name }).focus();
    await page.keyboard.press("Enter");
  };
  await press("Rooms and people");
  await page.getByRole("textbox", { name: "Join a room" }).fill("#Dev");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "dev", level: 1 }).waitFor();
  await bob.say("first here");
  await bob.read("first here");
  await ann.say("/msg bob psst");
  await page.locator("#elsewhere", { hasText: "1" }).waitFor();
  await press("Rooms and people");
  await press(/^ann.*1 unread$/);
  await bob.read("psst");
  await bob.say("what?");
  await ann.read("what?");
  await ann.say("/join dev");
  await ann.read("first here");
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 320);
  await ann.say("/leave");
  await press("Close");
  await page.getByRole("heading", { name: "dev", level: 1 }).waitFor();
  await page.getByText("ann left").waitFor();
  assert.deepEqual(browser.complaints, []);
});

test("who comes and goes stands in one line, and who is away is pale in the list", { skip }, async () => {
  const { server, port } = await start(["chat"]);
  await using _ = server;
  await using proxy = await CuttingProxy.to(port);
  await using browser = await ChatBrowser.launch();
  const ann = await browser.visit(port, "ann");
  const comings = ann.page.locator(".presence .text");
  const bob = await browser.visit(proxy.port, "bob");
  await comings.filter({ hasText: /joined$/ }).waitFor();
  await ann.see("ann", "bob");
  await run(["connect", `127.0.0.1:${port}`, "--name", "carl"], { input: "/rooms\n" });
  await comings.filter({ hasText: /carl left$/ }).waitFor();
  assert.equal(await comings.count(), 1);
  proxy.isOpen = false;
  proxy.cut();
  await ann.page.locator("#people .away", { hasText: "bob" }).waitFor();
  await ann.page.locator("#people-title", { hasText: "Here: 2, 1 away" }).waitFor();
  proxy.isOpen = true;
  await bob.page.evaluate("dispatchEvent(new Event('online'))");
  await ann.page.locator("#people .away").waitFor({ state: "detached" });
  await ann.say("hello");
  await bob.read("hello");
  await bob.say("/join dev");
  await bob.page.getByRole("button", { name: /^lobby/ }).click();
  await bob.say("/leave");
  await comings
    .nth(1)
    .filter({ hasText: /^bob left$/ })
    .waitFor();
  await ann.see("ann");
  assert.deepEqual(browser.complaints, []);
});
