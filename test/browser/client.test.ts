import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Handler } from "../../src/handlers/supervisor.ts";
import { serve } from "../../src/server/serve.ts";
import type { ServeOptions } from "../../src/server/serve-options.ts";
import type { Server } from "../../src/server/server.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { missing } from "../programs/missing.ts";
import { launchChromium, publishedClient, servePage } from "./page-client.ts";

/** A server with an empty page, and a line to it for the page's sessions, which can be cut. */
class Site implements AsyncDisposable {
  /** What all handlers have heard, in order. */
  readonly heard: string[] = [];
  readonly #server: Server;
  readonly line: CuttingProxy;

  private constructor(server: Server, line: CuttingProxy, heard: string[]) {
    this.#server = server;
    this.line = line;
    this.heard = heard;
  }

  static async open(client: ReadonlyMap<string, string>, options: ServeOptions = {}, handler?: Handler): Promise<Site> {
    const heard: string[] = [];
    const echo: Handler = async (session) => {
      for await (const message of session) {
        heard.push(message.text());
        if (message.wantsReply) await message.reply(`reply to ${message.text()}`);
        else await session.send(`echo of ${message.text()}`);
      }
    };
    const server = await serve({ port: 0, origins: ["*"], fetch: servePage(client), ...options }, handler ?? echo);
    return new Site(server, await CuttingProxy.to((server.address as AddressInfo).port), heard);
  }

  /** Where the page is. */
  get url(): string {
    return `http://localhost:${(this.#server.address as AddressInfo).port}/`;
  }

  /** Where the page's sessions connect to. */
  get sessionUrl(): string {
    return `ws://localhost:${this.line.port}/`;
  }

  /** The line is down: nothing gets through until `goOnline`. */
  goOffline(): void {
    this.line.isOpen = false;
    this.line.cut();
  }

  goOnline(): void {
    this.line.isOpen = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.line[Symbol.asyncDispose]();
    await this.#server.close({ drainTimeoutMs: 0 });
  }
}

/** Opens the page and a session in it, as the global `session`; its messages go into the global `received`. */
async function visit(context: BrowserContext, site: Site, options = "{}"): Promise<Page> {
  const page = await context.newPage();
  await page.goto(site.url);
  await openSession(page, site.sessionUrl, options);
  return page;
}

/** Whether what the page's database keeps under this name is so. */
function kept(name: string, so: string): string {
  return `new Promise((resolve) => {
    const opening = indexedDB.open("bowline", 1);
    opening.onsuccess = () => {
      const asking = opening.result.transaction("sessions").objectStore("sessions").get("${name}");
      asking.onsuccess = () => resolve(asking.result${so});
    };
  })`;
}

async function openSession(page: Page, url: string, options = "{}"): Promise<void> {
  await page.evaluate(`(async () => {
    const { connect, indexedDb } = await import("/client.js");
    globalThis.received = [];
    globalThis.session = await connect("${url}", ${options});
    (async () => { for await (const message of session) received.push(message.text()); })();
  })()`);
}

describe("the client in a page", { skip: missing("chromium") }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let client: ReadonlyMap<string, string>;

  before(async () => {
    [browser, client] = await Promise.all([launchChromium(), publishedClient()]);
    context = await browser.newContext();
  });

  after(() => browser?.close());

  test("sends, receives, asks, closes", async () => {
    await using site = await Site.open(client);
    const page = await visit(context, site);
    await page.evaluate(`(async () => {
      await session.send("hello");
      await session.send(new Uint8Array([0x68, 0x69]));
      await session.send("x".repeat(200_000));
    })()`);
    await page.waitForFunction("received.length === 3");
    assert.deepEqual(await page.evaluate("received.slice(0, 2)"), ["echo of hello", "echo of hi"]);
    assert.equal(await page.evaluate("received[2].length"), 200_008);
    assert.equal(await page.evaluate(`session.request("why?").then((reply) => reply.text())`), "reply to why?");
    const info = (await page.evaluate("session.close()")) as { name: string; confirmed: boolean };
    assert.deepEqual([info.name, info.confirmed], ["normal", true]);
    await page.close();
  });

  test("leaves its loop by break, which closes; reasons and names of rooms are as they were written", async () => {
    await using site = await Site.open(client, {}, async (session) => {
      const lobby = await session.join("lobby");
      await lobby.send("welcome");
      await session.send("done");
      await session.closed;
    });
    const page = await context.newPage();
    await page.goto(site.url);
    const heard = await page.evaluate(`(async () => {
      const { connect } = await import("/client.js");
      const session = await connect("${site.sessionUrl}");
      const heard = [];
      for await (const message of session.room("lobby")) {
        heard.push(message.text());
        break;
      }
      for await (const message of session) {
        heard.push(message.text());
        break;
      }
      const { name, reason } = await session.closed;
      return [...heard, name, reason];
    })()`);
    assert.deepEqual(heard, ["welcome", "done", "normal", ""]);
    await page.close();
  });

  test("connects to the page's own server by a path", async () => {
    await using site = await Site.open(client);
    const page = await context.newPage();
    await page.goto(site.url);
    await openSession(page, "/any/path");
    assert.equal(await page.evaluate(`session.request("?").then((reply) => reply.text())`), "reply to ?");
    await page.close();
  });

  test("goes offline and comes back: what was sent meanwhile arrives, once and in order", async () => {
    await using site = await Site.open(client);
    const page = await visit(context, site);
    await page.evaluate(`session.send("before")`);
    await page.waitForFunction("received.length === 1");
    site.goOffline();
    await page.waitForFunction(`session.status === "detached"`);
    await page.evaluate(`(async () => { for (const n of [1, 2, 3]) await session.send("offline " + n); })()`);
    site.goOnline();
    await page.evaluate(`dispatchEvent(new Event("online"))`);
    await page.waitForFunction("received.length === 4");
    assert.deepEqual(site.heard, ["before", "offline 1", "offline 2", "offline 3"]);
    assert.equal(await page.evaluate("session.status"), "open");
    await page.close();
  });

  test("is told why it was refused", async () => {
    await using site = await Site.open(client, { authenticate: () => undefined });
    const page = await context.newPage();
    await page.goto(site.url);
    const refused = openSession(page, site.sessionUrl).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.match(await refused, /ConnectError: .* refused: unauthenticated \(4001\)/);
    site.goOffline();
    const unreachable = openSession(page, site.sessionUrl).then(
      () => "",
      (error: Error) => error.message,
    );
    assert.match(await unreachable, /ConnectError: cannot connect to ws:.*: no WebSocket could be opened/);
    await page.close();
  });

  test("goes on after a reload with the session in indexedDb, and with what it had not delivered", async () => {
    await using site = await Site.open(client);
    const store = `{ store: indexedDb("reload") }`;
    const page = await visit(context, site, store);
    const id = await page.evaluate("session.id");
    await page.evaluate(`session.send("before")`);
    await page.waitForFunction("received.length === 1");
    site.goOffline();
    await page.waitForFunction(`session.status === "detached"`);
    await page.evaluate(`session.send("left in the store")`);
    // The page says nothing about when the store has it; that it is asked to connect again is enough.
    await page.waitForFunction(kept("reload", "?.outbox.length === 1"));
    site.goOnline();
    await page.reload();
    await openSession(page, site.sessionUrl, store);
    assert.deepEqual(await page.evaluate("[session.id, session.origin]"), [id, "resumed"]);
    await page.evaluate(`session.send("after")`);
    await page.waitForFunction("received.length === 2");
    assert.deepEqual(await page.evaluate("received"), ["echo of left in the store", "echo of after"]);
    assert.deepEqual(site.heard, ["before", "left in the store", "after"]);
    await page.evaluate("session.close()");
    await page.waitForFunction(kept("reload", " === undefined"));
    await page.reload();
    await openSession(page, site.sessionUrl, store);
    assert.equal(await page.evaluate("session.origin"), "new", "a session that has ended is forgotten");
    await page.close();
  });

  test("survives many reloads in the middle of its work", async () => {
    await using site = await Site.open(client);
    const store = `{ store: indexedDb("reloads") }`;
    const page = await visit(context, site, store);
    for (let round = 0; round < 8; round += 1) {
      await page.evaluate(`session.send("${round}").then(() => session.flush())`);
      await page.reload();
      await openSession(page, site.sessionUrl, store);
      assert.equal(await page.evaluate("session.origin"), "resumed", `round ${round}`);
    }
    assert.deepEqual(site.heard, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    await page.close();
  });

  test("a second tab with the same store has a session of its own, which is not kept", async () => {
    await using site = await Site.open(client);
    const store = `{ store: indexedDb("tabs") }`;
    const first = await visit(context, site, store);
    const second = await visit(context, site, store);
    assert.notEqual(await second.evaluate("session.id"), await first.evaluate("session.id"));
    const id = await first.evaluate("session.id");
    await second.close();
    await first.reload();
    await openSession(first, site.sessionUrl, store);
    assert.deepEqual(await first.evaluate("[session.id, session.origin]"), [id, "resumed"]);
    await first.close();
  });

  test("a hidden tab sends without delay", async () => {
    await using site = await Site.open(client);
    const page = await visit(context, site);
    const other = await context.newPage();
    await other.bringToFront();
    const rounds = (await page.evaluate(`(async () => {
      const began = performance.now();
      for (let round = 0; round < 20; round += 1) await session.request("ping");
      return performance.now() - began;
    })()`)) as number;
    assert.ok(rounds < 5_000, `twenty requests took ${rounds} ms`);
    await other.close();
    await page.close();
  });
});
