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
      image.seconds === undefined ? "" : image.seconds.toFixed(1),
    ];
    return [line, ...others.map((it) => ["", it.platform, sizeOf(it), "", "", ""])];
  });
  const table = columns([["image", "platform", "size", "digest", "", "seconds"], ...rows], new Set([2, 5]));
  const others = leftOut.map(({ id, reason }) => `  ${id}: ${reason}`);
  return [table, ...(others.length === 0 ? [] : ["", "left out:", ...others])].join("\n");
}

/** Decimal megabytes, as registries count. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** All that stood in the way, the first line of each marked and the others below it. */
export function renderTroubles(troubles: readonly Trouble[]): string {
  const blocks = troubles.map(({ id, kind, text }) => {
    const subject = id === "" || kind === "policy" ? "" : `${id}: `;
    return ` - ${subject}${text.split("\n").join("\n   ")}`;
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
