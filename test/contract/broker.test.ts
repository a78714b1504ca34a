import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.ts";
import { SqliteBroker } from "../../src/broker/sqlite/sqlite.ts";
import { turnOver } from "../rooms-kit.ts";
import { brokerSuite } from "./broker-suite.ts";

brokerSuite({
  name: "memory",
  open: async (retention = {}) => {
    let now = 5_000;
    const ports = { now: () => now, wallNow: () => 1_700_000_000_000 + now, random: () => 0.25 };
    const broker = new MemoryBroker({ retention }, ports);
    const advance = async (ms: number): Promise<void> => {
      now += ms;
    };
    return { broker, advance, settle: turnOver };
  },
});

const folder = mkdtempSync(join(tmpdir(), "bowline-broker-"));
after(() => rmSync(folder, { recursive: true }));

brokerSuite({
  name: "SQLite",
  open: async (retention = {}) => {
    let now = 1_700_000_000_000;
    const broker = new SqliteBroker(mkdtempSync(join(folder, "data-")), { retention }, () => now);
    const advance = async (ms: number): Promise<void> => {
      now += ms;
    };
    return { broker, advance, settle: turnOver };
  },
});
