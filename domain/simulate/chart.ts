import type { Outcome } from "./types.js";

const WIDTH = 900;
const HEIGHT = 420;
const MARGIN = { left: 70, right: 190, top: 40, bottom: 45 };
/** Okabe and Ito: told apart by people who see few colours, too. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const SMOOTHED_DAYS = 7;

/** Exposure over time as an SVG drawing, a line for each policy; equal outcomes give equal bytes. */
export function renderExposureChart(outcomes: readonly Outcome[]): string {
  const series = outcomes.map(({ exposureByDay }) => smooth(exposureByDay));
  const days = Math.max(1, ...series.map((line) => line.length));
  const top = Math.max(1, ...series.flat());
  const x = (day: number) => MARGIN.left + (day / Math.max(1, days - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) => HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const lines = series.map((line, index) => {
    const points = line.map((value, day) => `${x(day).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    return `<polyline fill="none" stroke="${colour(index)}" stroke-width="1.5" points="${points}"/>`;
  });
  const names = outcomes.map(({ policy }, index) => {
    const at = MARGIN.top + 18 * index;
    const left = WIDTH - MARGIN.right + 15;
    return `<line x1="${left}" y1="${at - 4}" x2="${left + 20}" y2="${at - 4}" stroke="${colour(index)}" stroke-width="3"/>\n<text x="${left + 26}" y="${at}">${escapeText(policy)}</text>`;
  });
  const ticks = [0, top / 2, top].map(
    (value) =>
      `<text x="${MARGIN.left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${Math.round(value)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="14">Open HIGH and CRITICAL flaws in live images (mean of ${SMOOTHED_DAYS} days)</text>`,
    `<path d="M${x(0)} ${MARGIN.top}V${y(0)}H${x(days - 1)}" fill="none" stroke="black"/>`,
    ...ticks,
    `<text x="${x(0)}" y="${HEIGHT - 20}">day 1</text>`,
    `<text x="${x(days - 1)}" y="${HEIGHT - 20}" text-anchor="end">day ${days}</text>`,
    ...lines,
    ...names,
    "</svg>\n",
  ].join("\n");
}

/** Mean over the days up to each. */
function smooth(values: readonly number[]): readonly number[] {
  return values.map((_, day) => {
    const window = values.slice(Math.max(0, day + 1 - SMOOTHED_DAYS), day + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "black";
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
