import { megabytes } from "../size/judge.js";
import type { Dora, Spread } from "./dora.js";
import type { FactoryReport } from "./report.js";
import type { DayOfRuns, ImageTrend } from "./trend.js";

/** A report as Markdown, whose tables are aligned to be read in a terminal, too. */
export function renderReport({ stack, since, until, runs, days, images, dora }: FactoryReport): string {
  const range = `${since.slice(0, 10)} to ${until.slice(0, 10)}`;
  const others = [`${runs.failed} failed`, ...(runs.interrupted === 0 ? [] : [`${runs.interrupted} interrupted`])];
  const summary = `${runs.count} runs, ${others.join(", ")}; median ${seconds(runs.duration)}; ${share(runs.cacheHitRate)} from the cache.`;
  const parts = [
    `# The factory, stack ${stack}, ${range}`,
    summary,
    ...(dora === undefined ? [] : ["## Deliveries", doraTable(dora)]),
    ...(days.length === 0 ? [] : ["## By day", dayTable(days)]),
    ...(images.length === 0 ? [] : ["## By image", imageTable(images)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function doraTable(dora: Dora): string {
  const { leadTime, timeToRestore, unrestored } = dora;
  const open = unrestored === 0 ? "" : `, ${unrestored} not restored yet`;
  return table([
    ["", "", "of"],
    ["deployment frequency", `${dora.deploymentFrequency.toFixed(2)} a day`, `${dora.deployments} releases`],
    ["lead time for changes", `${seconds(leadTime)} (median)`, `${leadTime.count} commits`],
    ["change failure rate", share(dora.changeFailureRate), `${dora.failures} failures`],
    ["time to restore", `${seconds(timeToRestore)} (median)`, `${timeToRestore.count} restored${open}`],
  ]);
}

function dayTable(days: readonly DayOfRuns[]): string {
  return table([
    ["day", "runs", "failed", "median run", "builds", "median build", "from the cache"],
    ...days.map(({ day, runs, failed, duration, builds, buildDuration, cacheHitRate }) => {
      return [day, `${runs}`, `${failed}`, seconds(duration), `${builds}`, seconds(buildDuration), share(cacheHitRate)];
    }),
  ]);
}

function imageTable(images: readonly ImageTrend[]): string {
  return table([
    ["image", "builds", "failures", "median build", "from the cache", "size", "growth", "failing since"],
    ...images.map(({ id, builds, failures, buildDuration, cacheHitRate, size, failingSince }) => [
      id,
      `${builds}`,
      `${failures}`,
      seconds(buildDuration),
      share(cacheHitRate),
      size === undefined ? "" : megabytes(size.last),
      size === undefined ? "" : signed(size.last - size.first),
      failingSince?.slice(0, 16).replace("T", " ") ?? "",
    ]),
  ]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const [head = "", ...body] = lines;
  return [head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body].join("\n");
}

/** `12.5 s`, `3.2 min`, `4.1 h`, `2.0 d`. */
function seconds({ median }: Spread): string {
  if (median === undefined) return "-";
  if (median < 120) return `${median.toFixed(1)} s`;
  if (median < 7200) return `${(median / 60).toFixed(1)} min`;
  return median < 172_800 ? `${(median / 3600).toFixed(1)} h` : `${(median / 86_400).toFixed(1)} d`;
}

function share(value: number | undefined): string {
  return value === undefined ? "-" : `${(value * 100).toFixed(0)} %`;
}

function signed(bytes: number): string {
  return `${bytes > 0 ? "+" : ""}${megabytes(bytes)}`;
}
