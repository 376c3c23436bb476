import type { Outcome } from "./types.js";

const HEADER = ["POLICY", "EXPOSURE", "ADOPTIONS", "LAG", "LAG P95", "BUILDS", "FAILED", "BAD ADOPTED", "RETURNED"];

/** A line for each policy. Exposure is in image days: how long images were live with a disclosed HIGH or CRITICAL flaw. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = [HEADER, ...outcomes.map(rowOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  return lines.join("\n");
}

function rowOf(outcome: Outcome): readonly string[] {
  const { policy, exposureDays, adoptions, lagDays, builds, failures, badAdopted, returns } = outcome;
  const counts = [builds, failures, badAdopted, returns].map(String);
  const lags = [lagDays.mean, lagDays.p95].map((days) => `${days.toFixed(1)} d`);
  return [policy, `${Math.round(exposureDays)} d`, String(adoptions.length), ...lags, ...counts];
}
