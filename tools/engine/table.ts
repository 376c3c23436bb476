import type { BuildPlan } from "../../domain/plan/types.js";
import { placeOf } from "./blame.js";
import type { ImageOutcome, PlatformSize, Trouble } from "./outcome.js";

/** The table that ends `up`: a row for each image, one more for each further platform, then what was left out. */
export function renderTable(
  images: readonly ImageOutcome[],
  leftOut: readonly { readonly id: string; readonly reason: string }[],
): string {
  const rows = images.flatMap((image) => {
    const [first, ...others] = image.platforms;
    const line = [
      image.id,
      first?.platform ?? "",
      sizeOf(first),
      image.digest ?? "",
      image.state,
      image.evidence ?? "",
      image.seconds === undefined ? "" : image.seconds.toFixed(1),
    ];
    return [line, ...others.map((it) => ["", it.platform, sizeOf(it), "", "", "", ""])];
  });
  const table = columns([["image", "platform", "size", "digest", "", "evidence", "seconds"], ...rows], new Set([2, 6]));
  const others = leftOut.map(({ id, reason }) => `  ${id}: ${reason}`);
  return [table, ...(others.length === 0 ? [] : ["", "left out:", ...others])].join("\n");
}

/** What evidence has to tell although nothing failed, each thing once with the images that it is about. */
export function renderWarnings(images: readonly ImageOutcome[]): string {
  const about = new Map<string, string[]>();
  for (const { id, warnings = [] } of images) {
    for (const warning of warnings) about.set(warning, [...(about.get(warning) ?? []), id]);
  }
  return [...about].map(([warning, ids]) => ` - ${ids.join(", ")}: ${warning}`).join("\n");
}

/** Decimal megabytes, as registries count. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** All that stood in the way, each with its place and, for a step of a build, what it wrote last. */
export function renderTroubles(troubles: readonly Trouble[], plan: Pick<BuildPlan, "images">): string {
  const blocks = troubles.map((trouble) => {
    const { id, kind, remedy, step, text } = trouble;
    const place = placeOf(trouble, plan) ?? (kind === "image" ? id : undefined);
    const output = (step?.output ?? []).map((line) => `| ${line}`);
    const lines = [...text.split("\n"), ...output, ...(remedy === undefined ? [] : [remedy])];
    return ` - ${place === undefined ? "" : `${place}: `}${lines.join("\n   ")}`;
  });
  return [`${troubles.length} ${troubles.length === 1 ? "problem" : "problems"}`, ...blocks].join("\n");
}

function sizeOf(platform: PlatformSize | undefined): string {
  return platform === undefined ? "" : megabytes(platform.size);
}

function columns(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      right.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    ),
  );
  return lines.map((cells) => cells.join("  ").trimEnd()).join("\n");
}
