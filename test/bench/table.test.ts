import assert from "node:assert/strict";
import { test } from "node:test";
import { chart } from "../../bench/chart.ts";
import { cellsOf } from "../../bench/print.ts";
import type { Table } from "../../bench/table.ts";

const TABLE: Table = {
  title: "Ping & pong",
  columns: [
    { key: "cpu", title: "server CPU", unit: "µs", digits: 1 },
    { key: "rate", title: "rate", unit: "a second", digits: 0 },
  ],
  rows: [
    { name: "C", kind: "limit", samples: { cpu: [1, 2, 3], rate: [9_000, 9_000, 9_000], load: [99], server: [50] } },
    { name: "other", kind: "peer", samples: { cpu: [8, 8, 8], rate: [1, 2, 3], load: [50], server: [99] } },
    { name: "net", kind: "peer", samples: { cpu: [2, 8, 3], rate: [1, 2, 3], load: [99], server: [99] } },
    { name: "Bowline", kind: "bowline", samples: { cpu: [4, 4, 3], rate: [1_000, 2_000, 3_000] } },
  ],
  leftOut: [],
};

test("ratios are of the same rotation, to the limit and to the best peer; medians, and how far they range", () => {
  assert.deepEqual(cellsOf(TABLE), [
    ["", "server CPU, µs", "least to most", "x C", "x net", "rate, a second"],
    ["C", "2.0", "1.0 to 3.0", "1", "0.50 (0.25 to 1.00)", "at least 9,000"],
    ["other", "8.0", "8.0 to 8.0", "4.00 (2.67 to 8.00)", "2.67 (1.00 to 4.00)", "2"],
    ["net", "3.0", "2.0 to 8.0", "2.00 (1.00 to 4.00)", "1", "2"],
    ["Bowline", "4.0", "3.0 to 4.0", "2.00 (1.00 to 4.00)", "1.00 (0.50 to 2.00)", "2,000"],
  ]);
});

test("a chart has a bar for each row, as long as its figure, and escapes what XML needs", () => {
  const svg = chart(TABLE);
  const widths = Array.from(svg.matchAll(/<rect class="\w+" x="\d+" y="\d+" width="([\d.]+)"/g), ([, width]) => width);
  const [c = 0, other = 0, net = 0, bowline = 0] = widths.map(Number);
  assert.equal(widths.length, 4);
  assert.deepEqual([other / c, net / c, bowline / c].map(Math.round), [4, 2, 2]);
  assert.match(svg, /aria-label="Ping &amp; pong: server CPU, µs"/);
});
