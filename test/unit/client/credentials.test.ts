import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CredentialError } from "../../../src/client/errors.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { SessionClosedError } from "../../../src/runtime/errors.ts";
import { rest, type ScriptedConnection, ScriptedServer } from "../../client-fixture.ts";

const REFUSAL = { type: FrameType.authed, accepted: false, expiresInMs: 0 } as const;

function authed(expiresInMs = 0): { type: typeof FrameType.authed; accepted: true; expiresInMs: number } {
  return { type: FrameType.authed, accepted: true, expiresInMs };
}

/** The credentials offered on a connection: OPEN's, then every AUTH's. */
function offered(connection: ScriptedConnection): string[] {
  return connection.sent.flatMap((frame) =>
    frame.type === FrameType.open || frame.type === FrameType.auth ? [new TextDecoder().decode(frame.credential)] : [],
  );
}

/** A credential that is another one each time it is asked for. */
function numbered(): (() => Promise<string>) & { asked: number } {
  const source = async (): Promise<string> => {
    source.asked += 1;
    return `ticket ${source.asked}`;
  };
  source.asked = 0;
  return source;
}

describe("on a dial", () => {
  test("text and bytes go as they are; none is empty", async () => {
    for (const [credential, expected] of [
      ["secret", "secret"],
      [new TextEncoder().encode("bytes"), "bytes"],
      [undefined, ""],
    ] as const) {
      const server = new ScriptedServer();
      await server.open({ credential });
      assert.deepEqual(offered(server.last), [expected]);
    }
  });

  test("a function is asked on every dial", async () => {
    const server = new ScriptedServer();
    await server.open({ credential: numbered() });
    await server.last.lose();
    await server.clock.advance(100);
    assert.deepEqual(offered(server.last), ["ticket 2"]);
  });

  test("a function that fails is a failed dial", async () => {
    const server = new ScriptedServer();
    const reason = new Error("not logged in");
    await assert.rejects(
      server.connect({
        credential: () => {
          throw reason;
        },
      }),
      { message: "cannot connect to test://server: not logged in", cause: reason },
    );
  });

  test("a refused one is asked for again, once, without waiting", async () => {
    const server = new ScriptedServer();
    const credential = numbered();
    const connecting = assert.rejects(server.connect({ credential }), { code: 4001 });
    await rest();
    await server.last.close("unauthenticated");
    assert.deepEqual(offered(server.last), ["ticket 2"]);
    assert.equal(server.clock.now(), 0);
    await server.last.close("unauthenticated");
    await connecting;
    assert.equal(credential.asked, 2);
  });

  test("also on a resume, and again after one that succeeded", async () => {
    const server = new ScriptedServer();
    const session = await server.open({ credential: numbered() });
    for (const round of [1, 2]) {
      await server.last.lose();
      await server.clock.advance(100);
      await server.last.close("unauthenticated");
      await server.last.opened({ origin: "resumed" });
      assert.equal(session.status, "open", `round ${round}`);
    }
    await server.last.lose();
    await server.clock.advance(100);
    await server.last.close("unauthenticated");
    await server.last.close("unauthenticated");
    assert.equal((await session.closed).code, 4001);
  });

  test("a fixed one that is refused on a resume ends the session", async () => {
    const server = new ScriptedServer();
    const session = await server.open({ credential: "secret" });
    await server.last.lose();
    await server.clock.advance(100);
    await server.last.close("unauthenticated");
    assert.equal((await session.closed).code, 4001);
    assert.equal(server.dials.length, 2);
  });
});

describe("renewal in place", () => {
  test("asks a function when a quarter of the time is left, again and again", async () => {
    const server = new ScriptedServer();
    await server.open({ credential: numbered() }, { expiresInMs: 60_000, heartbeatMs: 1_000_000 });
    await server.clock.advance(44_999);
    assert.deepEqual(offered(server.last), ["ticket 1"]);
    await server.clock.advance(1);
    assert.deepEqual(offered(server.last), ["ticket 1", "ticket 2"]);
    await server.last.say(authed(100_000));
    await server.clock.advance(75_000);
    assert.deepEqual(offered(server.last), ["ticket 1", "ticket 2", "ticket 3"]);
  });

  test("tries again while there is time, when the function fails", async () => {
    const server = new ScriptedServer();
    let asked = 0;
    const credential = (): string => {
      asked += 1;
      if (asked > 1) throw new Error("the login server is away");
      return "ticket";
    };
    const session = await server.open({ credential }, { expiresInMs: 64_000, heartbeatMs: 1_000_000 });
    await server.clock.advance(63_999);
    assert.equal(asked, 5, "first, then after 48, 60, 63 and 63.75 seconds");
    assert.equal(session.status, "open", "the server decides when it is over");
  });

  test("a fixed credential is not offered again, and one without end neither", async () => {
    const server = new ScriptedServer();
    await server.open({ credential: "secret" }, { expiresInMs: 1_000 });
    await server.clock.advance(2_000);
    assert.deepEqual(offered(server.last), ["secret"]);
    const other = new ScriptedServer();
    await other.open({ credential: numbered() });
    await other.clock.advance(25_000);
    assert.deepEqual(offered(other.last), ["ticket 1"]);
  });

  test("a credential good for longer than a timer can count is left alone", async () => {
    const server = new ScriptedServer();
    const credential = numbered();
    await server.open({ credential }, { expiresInMs: 100 * 86_400_000, heartbeatMs: 1e12 });
    await server.clock.advance(74 * 86_400_000);
    assert.equal(credential.asked, 1);
    await server.clock.advance(86_400_000);
    assert.equal(credential.asked, 2);
  });
});

describe("reauthenticate", () => {
  test("resolves when accepted; later dials carry the new one", async () => {
    const server = new ScriptedServer();
    const session = await server.open({ credential: "old" });
    const renewed = session.reauthenticate("new");
    await rest();
    assert.deepEqual(offered(server.last), ["old", "new"]);
    await server.last.say(authed());
    await renewed;
    await server.last.lose();
    await server.clock.advance(100);
    assert.deepEqual(offered(server.last), ["new"]);
  });

  test("rejects when refused; the session goes on with the old one", async () => {
    const server = new ScriptedServer();
    const session = await server.open({ credential: "old" });
    const refused = assert.rejects(session.reauthenticate("bad"), CredentialError);
    await server.last.say(REFUSAL);
    await refused;
    await server.last.lose();
    await server.clock.advance(100);
    assert.deepEqual(offered(server.last), ["old"]);
  });

  test("offers again on the next connection what was not answered, in order", async () => {
    const server = new ScriptedServer();
    const session = await server.open({ credential: "old" });
    const first = session.reauthenticate("a");
    await server.last.lose();
    const second = assert.rejects(session.reauthenticate("b"), CredentialError);
    await server.clock.advance(100);
    assert.deepEqual(offered(server.last), ["old"]);
    await server.last.opened({ origin: "resumed" });
    assert.deepEqual(offered(server.last), ["old", "a", "b"]);
    await server.last.say(authed());
    await server.last.say(REFUSAL);
    await first;
    await second;
  });

  test("rejects when the session ends first, or has ended", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    const rejected = assert.rejects(session.reauthenticate("late"), SessionClosedError);
    await server.last.close("kicked");
    await rejected;
    await assert.rejects(session.reauthenticate("later"), SessionClosedError);
  });
});
