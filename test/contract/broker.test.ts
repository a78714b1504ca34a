import { MemoryBroker } from "../../src/broker/memory.ts";
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
