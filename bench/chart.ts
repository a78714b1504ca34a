import { medianOf } from "./print.ts";
import { type Row, spreadOf, type Table } from "./table.ts";

const WIDTH = 760;
const NAMES_WIDTH = 210;
const FIGURES_WIDTH = 80;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 16;
const TOP = 34;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .limit { fill: #8c959f } .peer { fill: #8fb3d9 } .bowline { fill: #1f6f8b }
  .range { stroke: #24292f; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .limit { fill: #6e7681 } .peer { fill: #4f7aa8 } .bowline { fill: #4fb3d0 }
    .range { stroke: #e6edf3 }
  }`;

/** An SVG of a table's first column: a bar up to each median, and a line from the least to the most. */
export function chart(table: Table): string {
  const [column] = table.columns;
  if (column === undefined) return "";
  const { key, title, unit } = column;
  const most = Math.max(...table.rows.map((row) => spreadOf(row.samples[key] ?? []).most));
  const scale = (value: number): number => (value / most) * (WIDTH - NAMES_WIDTH - FIGURES_WIDTH);
  const bar = (row: Row, index: number): string => {
    const { median, least, most } = spreadOf(row.samples[key] ?? []);
    const top = TOP + index * ROW_HEIGHT;
    const middle = top + BAR_HEIGHT / 2;
    const [from, to] = [NAMES_WIDTH + scale(least), NAMES_WIDTH + scale(most)].map((x) => x.toFixed(1));
    return `  <text x="${NAMES_WIDTH - 8}" y="${middle + 5}" text-anchor="end">${escapeXml(row.name)}</text>
  <rect class="${row.kind}" x="${NAMES_WIDTH}" y="${top}" width="${scale(median).toFixed(1)}" height="${BAR_HEIGHT}"/>
  <line class="range" x1="${from}" x2="${to}" y1="${middle}" y2="${middle}"/>
  <text x="${Number(to) + 8}" y="${middle + 5}">${medianOf(row, column)}</text>`;
  };
  const height = TOP + table.rows.length * ROW_HEIGHT;
  const name = escapeXml(`${table.title}: ${title}, ${unit}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${name}">
  <style>${STYLE}
  </style>
  <text class="title" x="0" y="16">${escapeXml(`${title}, ${unit}`)}</text>
${table.rows.map(bar).join("\n")}
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
