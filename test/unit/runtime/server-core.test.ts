import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RequestTimeoutError } from "../../../src/runtime/errors.ts";
import type { ClientSession, ServerSession } from "../../../src/runtime/public-sessions.ts";
import { type TestServerOptions, testServer } from "../../../src/testing/index.ts";
import type { TestServer } from "../../../src/testing/test-server.ts";

/** Something to wait for, which comes when the test says so. */
class Gate {
  #open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  open(): void {
    this.#open();
  }
}

/** Everything that a client hears, in order; it answers what it is asked. */
function hear(session: ClientSession): string[] {
  const heard: string[] = [];
  void (async () => {
    for await (const message of session) {
      heard.push(message.text());
      if (message.wantsReply) await message.reply(`re: ${message.text()}`);
    }
  })().catch(() => {});
  return heard;
}

interface Scene {
  readonly server: TestServer;
  readonly ann: ClientSession;
  readonly heard: string[];
  /** Starts the handler again. */
  restart(): Promise<void>;
}

async function play(
  handler: (session: ServerSession, run: number) => unknown,
  options: TestServerOptions = {},
): Promise<Scene> {
  let runs = 0;
  const server = await testServer((session) => {
    runs += 1;
    return handler(session, runs);
  }, options);
  const ann = await server.connect();
  const heard = hear(ann);
  const restart = async (): Promise<void> => {
    // The frame that adopts the session may still be on its way.
    await server.advance(10);
    assert.equal(server.run.restartHandler(ann.id), true);
    await server.advance(100);
  };
  return { server, ann, heard, restart };
}

describe("a handler that runs again", () => {
  test("does not say again what it had said, and gets the message again that it was handling", async () => {
    const { server, ann, heard, restart } = await play(async (session, run) => {
      await session.send("hello");
      for await (const message of session) {
        await session.send(`${message.text()} begun`);
        if (run === 1) await new Promise(() => {});
        await session.send(`${message.text()} done in run ${run}`);
      }
    });
    await ann.send("one");
    await server.advance(100);
    await restart();
    assert.deepEqual(heard, ["hello", "one begun", "one done in run 2"]);
  });

  test("knows how often it has been started, and finds the state as of the last message that is done", async () => {
    const seen: unknown[] = [];
    const { server, ann, restart } = await play(async (session, run) => {
      for await (const message of session) {
        seen.push([run, session.restarted, session.state, message.text()]);
        session.state = message.text();
        if (message.text() === "two" && run === 1) await new Promise(() => {});
      }
    });
    await ann.send("one");
    await ann.send("two");
    await server.advance(100);
    await restart();
    assert.deepEqual(seen, [
      [1, 0, undefined, "one"],
      [1, 0, "one", "two"],
      [2, 1, "one", "two"],
    ]);
  });

  test("gets the answer to what it had asked, and asks only once", async () => {
    const answers: string[] = [];
    const { server, ann, heard, restart } = await play(async (session, run) => {
      for await (const _ of session) {
        answers.push((await session.request("well?")).text());
        if (run === 1) await new Promise(() => {});
        await session.send("thanks");
      }
    });
    await ann.send("one");
    await server.advance(100);
    await restart();
    assert.deepEqual(answers, ["re: well?", "re: well?"]);
    assert.deepEqual(heard, ["well?", "thanks"]);
  });

  test("waits for an answer that comes only then", async () => {
    const { server, ann, restart } = await play(async (session) => {
      for await (const _ of session) await session.send((await session.request("well?")).text());
    });
    // Its answer is held back.
    server.network.conditions = { ...server.network.conditions, latencyMs: [200, 200] };
    await ann.send("one");
    await server.advance(300);
    await restart();
    await server.advance(1_000);
    assert.equal(ann.status, "open");
    assert.equal(server.run.server.get(ann.id)?.acknowledged, 2);
  });

  test("replies once", async () => {
    const { server, ann, restart } = await play(async (session, run) => {
      for await (const message of session) {
        await message.reply(`from run ${run}`);
        if (run === 1) await new Promise(() => {});
      }
    });
    const reply = ann.request("who?");
    await server.advance(100);
    await restart();
    assert.equal((await reply).text(), "from run 1");
    assert.deepEqual(
      server.diagnostics.filter(({ name }) => name === "late-reply"),
      [],
    );
  });

  test("is the only one: the run before has no effect any more", async () => {
    const gate = new Gate();
    const { server, ann, heard, restart } = await play(async (session, run) => {
      await gate.opened;
      session.state = run;
      await session.send(`run ${run}`);
      for await (const message of session) await session.send(`run ${run} took ${message.text()}`);
    });
    await restart();
    gate.open();
    await ann.send("one");
    await server.advance(100);
    assert.deepEqual(heard, ["run 2", "run 2 took one"]);
  });

  test("does not start again when its session is ending", async () => {
    const { server, ann } = await play(async () => {});
    await server.advance(1);
    assert.equal(server.run.restartHandler(ann.id), false);
  });
});

describe("sends that do not belong to the message that is handled", () => {
  test("take no places: what a run that comes after repeats is the message's alone", async () => {
    const { server, ann, heard, restart } = await play(async (session, run) => {
      await session.send("hello");
      // Begun before the first message, and still going on when it has come: beside the loop.
      const tick = async (): Promise<void> => {
        await server.clock.sleep(50);
        await session.send(`tick of run ${run}`);
      };
      void tick();
      for await (const message of session) await session.send(`took ${message.text()}`);
    });
    await server.advance(100);
    await restart();
    await ann.send("one");
    await server.advance(100);
    assert.deepEqual(heard, ["hello", "tick of run 1", "tick of run 2", "took one"]);
  });

  test("reach the client also while the handler waits for its next message", async () => {
    const { server, heard } = await play(async (session) => {
      await session.send("hello");
      const next = session.receive();
      await session.send("still here");
      await next;
    });
    await server.advance(100);
    assert.deepEqual(heard, ["hello", "still here"]);
  });
});

describe("a message is acknowledged", () => {
  test("when what it caused has found its place in the window", async () => {
    const server = await testServer(
      async (session) => {
        for await (const message of session) {
          for (let count = 0; count < 3; count += 1) void session.send(`${message.text()} ${count}`);
        }
      },
      { limits: { windowMessages: 2 } },
    );
    const ann = await server.connect({ limits: { windowMessages: 2 } });
    await ann.send("one");
    let isFlushed = false;
    void ann.flush().then(() => {
      isFlushed = true;
    });
    await server.advance(1_000);
    assert.equal(isFlushed, false);
    await ann.receive();
    await ann.receive();
    await server.advance(1_000);
    assert.equal(isFlushed, true);
  });

  test("early, with `done`", async () => {
    const gate = new Gate();
    const { server, ann } = await play(async (session) => {
      for await (const message of session) {
        message.done();
        await gate.opened;
      }
    });
    await ann.send("one");
    let isFlushed = false;
    void ann.flush().then(() => {
      isFlushed = true;
    });
    await server.advance(100);
    assert.equal(isFlushed, true);
  });
});

test("a request that nobody answers rejects in time", async () => {
  const errors: unknown[] = [];
  const server = await testServer(async (session) => {
    await session.request("well?").catch((reason: unknown) => errors.push(reason));
    await session.closed;
  });
  await server.connect();
  await server.advance(29_990);
  assert.equal(errors.length, 0);
  // The handler began when the client's next frame had come.
  await server.advance(20);
  assert.ok(errors[0] instanceof RequestTimeoutError);
});
