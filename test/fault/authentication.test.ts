// Who may come in: refused with 4001 and 4003, renewed in place, and sent away when the credential ends.

import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Authenticate, ForbiddenError, type Server, serve } from "bowline";
import { ConnectError, connect } from "bowline/client";
import { WebSocket } from "ws";
import { type Frame, FrameType } from "../../src/protocol/frames/frame.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { RawClient } from "../raw-client.ts";
import { openFrame, PREFACE } from "../raw-frames.ts";
import { until } from "../recorders.ts";

const timeout = 30_000;
const LIFETIMES_MS: { readonly [howLong: string]: number } = { briefly: 300, shortly: 1_200 };

/** What JavaScript lets people return. */
const MISTAKES: { readonly [name: string]: unknown } = {
  false: false,
  true: true,
  late: { identity: "late", expiresAt: 1 },
  timeless: { identity: "timeless", expiresAt: Number.NaN },
  nameless: { identity: 1n },
};

/** A credential is what it does. */
const authenticate: Authenticate = async ({ credential = "nobody" }) => {
  const [name, howLong = ""] = credential.split(" ");
  if (name === "nobody") return undefined;
  if (name === "banned") throw new ForbiddenError("you are not wanted here");
  if (name === "broken") throw new Error("the password is swordfish");
  if (name !== undefined && name in MISTAKES) return MISTAKES[name] as Awaited<ReturnType<Authenticate>>;
  const lifetimeMs = LIFETIMES_MS[howLong];
  return { identity: name, expiresAt: lifetimeMs === undefined ? undefined : Date.now() + lifetimeMs };
};

const errors: unknown[] = [];
const onError = (event: unknown): void => void errors.push((event as { error: unknown }).error);

describe("who may come in", { timeout }, () => {
  let server: Server;
  let port: number;
  let runs = 0;

  before(async () => {
    subscribe("bowline:connection-error", onError);
    server = await serve({ port: 0, authenticate }, async (session) => {
      runs += 1;
      for await (const message of session) await session.send(`${session.identity}: ${message.text()}`);
    });
    port = server.address.port;
  });
  after(async () => {
    unsubscribe("bowline:connection-error", onError);
    await server.close();
  });
  beforeEach(() => {
    runs = 0;
    errors.length = 0;
  });

  const REFUSALS: readonly (readonly [credential: string, code: number, reason: string, complaint?: RegExp])[] = [
    ["nobody", 4001, "the credential was not accepted"],
    ["false", 4001, "the credential was not accepted"],
    ["late", 4001, "the credential has expired"],
    ["banned", 4003, "you are not wanted here"],
    ["broken", 1013, "the credential could not be checked", /swordfish/],
    [
      "true",
      1013,
      "the credential could not be checked",
      /authenticate gives \{ identity \}, or undefined, and not true/,
    ],
    ["timeless", 1013, "the credential could not be checked", /expiresAt is a number, .*, and not NaN/],
    ["nameless", 1013, "the credential could not be checked", /BigInt/],
  ];
  for (const [credential, code, reason, complaint] of REFUSALS) {
    test(`${credential} is refused with ${code}, in every form`, { timeout }, async () => {
      for (const scheme of ["bowline", "ws"]) {
        await assert.rejects(connect(`${scheme}://127.0.0.1:${port}`, { credential }), (error: unknown) => {
          assert.ok(error instanceof ConnectError);
          assert.equal(error.code, code);
          assert.ok(error.message.endsWith(reason), error.message);
          return true;
        });
      }
      const bare = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { authorization: `Bearer ${credential}` } });
      bare.on("open", () => bare.send("comes too early to be heard"));
      const [closeCode, closeReason] = await once(bare, "close");
      assert.deepEqual([closeCode, String(closeReason)], [code, reason]);
      assert.equal(runs, 0);
      if (complaint === undefined) assert.deepEqual(errors, []);
      else assert.match(String(errors[0]), complaint);
    });
  }

  test("plain lines have no credential, and are told so in a line", { timeout }, async () => {
    await using lines = await RawClient.connect(port);
    lines.write("let me in\r\nplease\r\n");
    assert.equal(await lines.ended(), "error: the credential was not accepted\r\n");
    assert.equal(runs, 0);
  });

  test("a bare WebSocket has one in its header, and what it said meanwhile is not lost", { timeout }, async () => {
    const bare = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { authorization: "Bearer ann" } });
    await once(bare, "open");
    const heard: string[] = [];
    bare.on("message", (data) => heard.push(String(data)));
    for (const text of ["one", "two", "three"]) bare.send(text);
    await until(() => heard.length === 3, "the third answer");
    assert.deepEqual(heard, ["ann: one", "ann: two", "ann: three"]);
    bare.close();
  });

  test("a session is resumed by the one whose it is", { timeout }, async () => {
    const client = await RawClient.connect(port);
    const instance = "0123456789abcdef";
    const bytes = (credential: string, fields = {}): Uint8Array =>
      Buffer.concat([PREFACE, openFrame({ instance, credential: new TextEncoder().encode(credential), ...fields })]);
    client.write(bytes("ann"));
    const opened = await client.frame();
    assert.ok(opened.type === FrameType.opened);
    const { sessionId, token } = opened;
    const ask = async (credential: string, attempt: number): Promise<Frame> => {
      await using other = await RawClient.connect(port);
      other.write(bytes(credential, { sessionId, token, attempt }));
      return await other.frame();
    };
    const stolen = await ask("bob", 2);
    assert.ok(stolen.type === FrameType.close);
    assert.deepEqual([stolen.code, stolen.reason], [4003, "the session is somebody else's"]);
    assert.equal((await ask("nobody", 3)).type, FrameType.close);
    assert.equal((await ask("ann", 4)).type, FrameType.opened);
    await client[Symbol.asyncDispose]();
  });

  test("a credential that ends takes its session along, and no other", { timeout }, async () => {
    await using bystander = await connect(`bowline://127.0.0.1:${port}`, { credential: "bob" });
    const session = await connect(`bowline://127.0.0.1:${port}`, { credential: "ann briefly" });
    const { code, reason, by, confirmed } = await session.closed;
    assert.deepEqual([code, reason, by, confirmed], [4001, "the credential has expired", "server", true]);
    await bystander.send("still here");
    assert.equal((await bystander.receive())?.text(), "bob: still here");
  });

  test("a credential that ends takes a bare WebSocket along, which cannot renew it", { timeout }, async () => {
    const bare = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { authorization: "Bearer ann briefly" } });
    const [code, reason] = await once(bare, "close");
    assert.deepEqual([code, String(reason)], [4001, "the credential has expired"]);
  });

  test("whoever cannot be judged on a resume tries again, and goes on", { timeout }, async () => {
    await using proxy = await CuttingProxy.to(port);
    let isBroken = false;
    await using session = await connect(`bowline://127.0.0.1:${proxy.port}`, {
      backoff: { maxMs: 1 },
      credential: () => (isBroken ? "broken" : "ann"),
    });
    isBroken = true;
    proxy.cut();
    await until(() => errors.length > 0, "a resume that could not be judged");
    isBroken = false;
    await session.send("hello again");
    assert.equal((await session.receive())?.text(), "ann: hello again");
  });

  test("one that can be had again is renewed in place, on the same connection", { timeout }, async () => {
    const asked: number[] = [];
    const credential = (): string => {
      asked.push(performance.now());
      return asked.length < 3 ? "ann shortly" : "ann";
    };
    const session = await connect(`ws://127.0.0.1:${port}`, { credential });
    const statuses: string[] = [];
    session.onstatuschange = () => statuses.push(session.status);
    // Past the end of what it came in with, twice.
    const talk = async (untilMs: number): Promise<void> => {
      while (performance.now() < untilMs) {
        await session.send("hello");
        assert.equal((await session.receive())?.text(), "ann: hello");
      }
    };
    const startMs = asked[0] as number;
    await talk(startMs + 2 * (LIFETIMES_MS.shortly as number));
    assert.equal(asked.length, 3);
    for (const [index, atMs] of asked.slice(1).entries()) {
      assert.ok(atMs - (asked[index] as number) < (LIFETIMES_MS.shortly as number), "it is asked for before it ends");
    }
    assert.deepEqual(statuses, []);
    assert.equal((await session.close()).connections, 1);
    assert.equal(runs, 1);
  });

  test("a new one that is refused, or somebody else's, changes nothing", { timeout }, async () => {
    await using session = await connect(`bowline://127.0.0.1:${port}`, { credential: "ann" });
    for (const credential of ["nobody", "banned", "broken", "bob"]) {
      await assert.rejects(session.reauthenticate(credential), { name: "CredentialError" });
      await session.send("still me");
      assert.equal((await session.receive())?.text(), "ann: still me");
    }
    await session.reauthenticate("ann briefly");
    assert.equal((await session.closed).code, 4001);
  });

  test("it is asked for again on every resume", { timeout }, async () => {
    await using proxy = await CuttingProxy.to(port);
    let asked = 0;
    const session = await connect(`bowline://127.0.0.1:${proxy.port}`, {
      backoff: { maxMs: 1 },
      credential: () => {
        asked += 1;
        return asked <= 3 ? "ann" : "banned";
      },
    });
    for (let cuts = 0; cuts < 2; cuts += 1) {
      proxy.cut();
      await session.send("hello again");
      assert.equal((await session.receive())?.text(), "ann: hello again");
    }
    proxy.cut();
    const { code, reason } = await session.closed;
    assert.deepEqual([code, reason, asked], [4003, "you are not wanted here", 4]);
  });
});
