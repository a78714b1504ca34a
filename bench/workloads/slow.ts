import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { broadcast } from "../../src/load/closed-loop.ts";
import { frames } from "../../src/load/frame-client.ts";
import { type LoadClient, openClients } from "../../src/load/load-client.ts";
import { broadcastAtRate } from "../../src/load/open-loop.ts";
import type { Bench, Workload } from "../bench.ts";
import { latenciesOf, rowOf, type Sample } from "../contest.ts";
import { PeerProcess } from "../peer-process.ts";
import type { Program } from "../programs.ts";
import type { Column, Table } from "../table.ts";

const READERS = 500;
const FROZEN = 500;
const PER_SECOND = 20;
/** More than a window: those who are frozen fall behind. */
const TOLD = 2_048;
const BURST = 512;
/** Time for what clients caused by coming in. */
const SETTLE_MS = 500;
const MiB = 2 ** 20;

const COLUMNS: readonly Column[] = [
  { key: "p99", title: "p99 of those who read", unit: "ms", digits: 2 },
  { key: "p50", title: "p50", unit: "ms", digits: 2 },
  { key: "late", title: "load late", unit: "ms", digits: 2 },
  { key: "grown", title: "memory grew by", unit: "MiB", digits: 1 },
];

const STATES = [`${READERS} members who read`, `${FROZEN} more, frozen`, "while these catch up"] as const;
type Samples = { readonly [State in (typeof STATES)[number]]: Sample };

/** Of one server alone: what others hold back for who does not read is not bounded by anything but memory. */
export const slow: Workload = {
  name: "slow",
  summary: `one room on disk, ${READERS} members who read and ${FROZEN} who are frozen, and thaw`,
  async run(bench) {
    const taken: Samples[] = [];
    const { rotations } = bench.options;
    for (let rotation = 0; rotation < rotations; rotation += 1) {
      taken.push(await measure(bench));
      bench.step(rotations);
    }
    const rows = STATES.map((name, state) => {
      const kind = state === 0 ? "peer" : "bowline";
      return rowOf(
        { name, kind },
        COLUMNS,
        taken.map((samples) => samples[name]),
      );
    });
    const title = `Slow: a room on disk with ${READERS} members who read, and ${FROZEN} who do not; told ${TOLD} messages`;
    return [{ title, columns: COLUMNS, rows, leftOut: [] } satisfies Table];
  },
};

async function measure(bench: Bench): Promise<Samples> {
  const folder = mkdtempSync(join(tmpdir(), "bowline-bench-"));
  const program: Program = {
    isNode: true,
    command: (port) => [join(import.meta.dirname, "..", "peers", "bowline-on-disk.js"), `${port}`, "room", folder],
    version: () => "",
  };
  const server = await PeerProcess.start(program, "room", bench.options.placement);
  let frozen: ChildProcess | undefined;
  try {
    const readers = await openClients(frames, server.target, READERS);
    await delay(SETTLE_MS);
    // The server's compiler sees it, too.
    await told(bench, server, readers);
    const undisturbed = await told(bench, server, readers);

    frozen = fork(join(import.meta.dirname, "..", "frozen-members.js"), [`${server.target.port}`, `${FROZEN}`]);
    await once(frozen, "message");
    await delay(SETTLE_MS);
    frozen.kill("SIGSTOP");
    const withFrozen = await told(bench, server, readers);

    const caughtUp = once(frozen, "message");
    frozen.kill("SIGCONT");
    frozen.send(TOLD + 2 * spoken(bench));
    const catchingUp = await speak(bench, readers);
    await caughtUp;
    const grown = withFrozen.grown + ((await server.residentBytes()) - withFrozen.bytes) / MiB;
    const [first, second, third] = STATES;
    return { [first]: undisturbed, [second]: withFrozen, [third]: { ...catchingUp, grown } } as Samples;
  } finally {
    frozen?.kill("SIGKILL");
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Tells the room more than a window, and then measures. */
async function told(bench: Bench, server: PeerProcess, readers: readonly LoadClient[]) {
  const before = await server.residentBytes();
  for (let left = TOLD; left > 0; left -= BURST) await broadcast(readers, BURST, 0);
  const bytes = await server.residentBytes();
  return { ...(await speak(bench, readers)), bytes, grown: (bytes - before) / MiB };
}

function speak(bench: Bench, readers: readonly LoadClient[]): Promise<Sample> {
  return latenciesOf(() => broadcastAtRate(readers, PER_SECOND, 2 * bench.options.sliceMs));
}

/** So many messages are said while latencies are measured. */
function spoken(bench: Bench): number {
  return Math.round((PER_SECOND * 2 * bench.options.sliceMs) / 1_000);
}
