import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect } from "bowline/client";
import { memory, serve, sqlite } from "../../../src/index.ts";
import { checkOptionNames } from "../../../src/runtime/option-names.ts";
import { testServer } from "../../../src/testing/index.ts";

const handler = (): void => {};

describe("options that there are not", () => {
  test("are refused, with the name that was probably meant", () => {
    const known = { port: true, host: true, maxMessageBytes: true };
    const cases: readonly [given: object, message: string][] = [
      [{ prot: 1 }, "unknown option prot; did you mean port?"],
      [{ Port: 1 }, "unknown option Port; did you mean port?"],
      [{ hosts: 1 }, "unknown option hosts; did you mean host?"],
      [{ maxMesageByte: 1 }, "unknown option maxMesageByte; did you mean maxMessageBytes?"],
      [{ colour: 1 }, "unknown option colour"],
      [{ toString: 1 }, "unknown option toString"],
    ];
    for (const [given, message] of cases) {
      assert.throws(() => checkOptionNames(given, known), { name: "TypeError", message });
    }
    checkOptionNames({ port: 1, host: undefined, prot: undefined }, known);
    checkOptionNames(undefined, known);
  });

  test("are refused wherever options are given", async () => {
    const cases: readonly [refused: () => unknown, message: string][] = [
      [() => serve({ prot: 0 } as object, handler), "unknown option prot; did you mean port?"],
      [
        () => serve({ port: 0, limits: { windowMesages: 5 } as object }, handler),
        "unknown option limits.windowMesages; did you mean limits.windowMessages?",
      ],
      [() => memory({ maxRoom: 5 } as object), "unknown option maxRoom; did you mean maxRooms?"],
      [
        () => memory({ retention: { maxAge: 5 } as object }),
        "unknown option retention.maxAge; did you mean retention.maxAgeMs?",
      ],
      [
        () => memory({ retention: { rooms: { lobby: { maxAge: 5 } as object } } }),
        'unknown option retention.rooms["lobby"].maxAge; did you mean retention.rooms["lobby"].maxAgeMs?',
      ],
      [() => sqlite("never", { maxRoom: 5 } as object), "unknown option maxRoom; did you mean maxRooms?"],
      [
        () => sqlite("never", { retention: { maxAge: 5 } as object }),
        "unknown option retention.maxAge; did you mean retention.maxAgeMs?",
      ],
      [() => connect("ws://localhost", { header: {} } as object), "unknown option header; did you mean headers?"],
      [
        () => connect("ws://localhost", { limits: { ackDelay: 1 } as object }),
        "unknown option limits.ackDelay; did you mean limits.ackDelayMs?",
      ],
      [() => testServer(handler, { sed: 7 } as object), "unknown option sed; did you mean seed?"],
    ];
    for (const [refused, message] of cases) await assert.rejects(async () => refused(), { name: "TypeError", message });
  });
});
