import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SessionClosedError } from "../../../src/runtime/errors.ts";
import { testServer } from "../../../src/testing/index.ts";
import { FaultyBroker } from "../../rooms-kit.ts";

class SilentBroker extends FaultyBroker {
  override head(): Promise<never> {
    return new Promise(() => {});
  }
}

describe("a join", () => {
  test("that the broker never answers ends with its session", async () => {
    const joins: Promise<unknown>[] = [];
    const join = async (session: { join(room: string): Promise<unknown> }): Promise<void> => {
      joins.push(session.join("lobby"));
      await joins[0];
    };
    const server = await testServer(join, { broker: new SilentBroker() });
    const ann = await server.connect();
    await server.advance(100);
    assert.equal(server.run.server.kick(ann.id, "out"), true);
    await server.advance(100);
    await assert.rejects(
      () => joins[0] as Promise<unknown>,
      (error) => error instanceof SessionClosedError && error.code === 4012,
    );
    assert.equal((await ann.closed).name, "kicked");
  });

  test("of a session that has ended rejects", async () => {
    const joins: Promise<unknown>[] = [];
    const server = await testServer(async (session) => {
      await session.closed;
      joins.push(session.join("lobby"));
    });
    const ann = await server.connect();
    const closed = ann.close();
    await server.advance(100);
    await closed;
    await assert.rejects(() => joins[0] as Promise<unknown>, SessionClosedError);
  });
});
