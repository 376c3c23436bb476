import type { Timing } from "./rounds.js";
import type { BenchRow } from "./types.js";

/** A block for each row: what was measured, both sides' times, and whether the goal is met. */
export function renderRows(rows: readonly BenchRow[]): string {
  return rows.map(renderRow).join("\n");
}

function renderRow({ name, ours, reference, result, goal, notes }: BenchRow): string {
  const sides = `ours ${renderTiming(ours)}${reference === undefined ? "" : `, reference ${renderTiming(reference)}`}`;
  const verdict = goal === undefined ? "" : `${goal.met ? "met" : "MISSED"} (goal: ${goal.text})`;
  const indent = /^ */.exec(name)?.[0] ?? "";
  const lines = [`${sides}; ${result}`, verdict, notes].filter((line) => line !== "");
  return [name, ...lines.map((line) => `${indent}    ${line}`)].join("\n");
}

function renderTiming({ min, median }: Timing): string {
  return min === median ? seconds(min) : `${seconds(min)} (median ${seconds(median)})`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
