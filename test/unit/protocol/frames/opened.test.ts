import assert from "node:assert/strict";
import { test } from "node:test";
import { type OpenedFrame, writeOpened } from "../../../../src/protocol/frames/opened.ts";
import { frameIn, written } from "../../../frames.ts";

const opened: OpenedFrame = {
  type: 2,
  origin: "resumed",
  sessionId: "s1",
  token: "tok",
  received: 300,
  sent: 4,
  checksum: 0xcbf43926,
  heartbeatMs: 15_000,
  resumeWindowMs: 120_000,
  maxMessageBytes: 1_048_576,
  windowMessages: 1_024,
  windowBytes: 1_048_576,
  expiresInMs: 0,
};
const hex = "1f 02 00 02 027331 03746f6b ac02 04 cbf43926 9875 c0a907 808040 8008 808040 00";

test("an OPENED", () => {
  assert.equal(
    written((writer) => writeOpened(writer, opened)),
    hex.replaceAll(" ", ""),
  );
  assert.deepEqual(frameIn(hex), opened);
});

test("each origin has its number", () => {
  for (const [number, origin] of [
    [1, "new"],
    [2, "resumed"],
    [3, "revived"],
  ] as const) {
    const other = hex.replace("1f 02 00 02", `1f 02 00 0${number}`);
    assert.equal(
      written((writer) => writeOpened(writer, { ...opened, origin })),
      other.replaceAll(" ", ""),
    );
    assert.deepEqual(frameIn(other), { ...opened, origin });
  }
});

test("another origin breaks §6.2", () => {
  for (const origin of ["00", "04", "ff"]) {
    assert.throws(() => frameIn(hex.replace("1f 02 00 02", `1f 02 00 ${origin}`)), { clause: "§6.2" });
  }
});
