import type { Finding } from "../scan/types.js";
import type { DriftFinding, DriftReport, ImageDrift } from "./drift.js";

/** A drift report as Markdown, for people and pull requests. */
export function renderDrift(report: DriftReport): string {
  const { databaseBuilt, images, scannedOn, unscanned } = report;
  const count = (of: "new" | "open" | "fixed") =>
    images.flatMap(({ platforms }) => platforms).reduce((sum, platform) => sum + platform[of].length, 0);
  const failing = images.filter(({ platforms }) => platforms.some(({ failures }) => failures.length > 0));
  const database = databaseBuilt === undefined ? "" : `, database of ${databaseBuilt}`;
  const lines = [
    "# Vulnerabilities since the last scan",
    "",
    `${images.length} images rescanned on ${scannedOn}${database}: ${count("new")} new, ${count("open")} still open, ${count("fixed")} fixed.`,
  ];
  if (failing.length > 0)
    lines.push("", `Would not be released today: ${failing.map(({ image }) => image).join(", ")}.`);
  if (unscanned.length > 0) {
    lines.push("", "## Not rescanned", "", ...unscanned.map(({ image, problem }) => `- ${image}: ${problem}`));
  }
  for (const image of images) lines.push(...imageLines(image));
  return `${lines.join("\n")}\n`;
}

const heading = "| | severity | id | package | fixed in | since | from | platforms |";

function imageLines({ image, digest, platforms }: ImageDrift): readonly string[] {
  const rows = new Map<string, string[]>();
  const add = (state: string, platform: string, { finding, inheritedFrom }: DriftFinding) => {
    const row = [state, ...cellsOf(finding), inheritedFrom ?? "own"].join(" | ");
    rows.set(row, [...(rows.get(row) ?? []), platform]);
  };
  for (const { platform, new: fresh, open, fixed } of platforms) {
    for (const it of fresh) add("new", platform, it);
    for (const it of open) add("open", platform, it);
    for (const finding of fixed) add("fixed", platform, { finding });
  }
  if (rows.size === 0) return [];
  const lines = [...rows].map(([row, on]) => `| ${row} | ${on.join(", ")} |`);
  return ["", `## ${image}`, "", `\`${digest}\``, "", heading, "|---|---|---|---|---|---|---|---|", ...lines];
}

function cellsOf({ severity, id, package: found, fix, since }: Finding): readonly string[] {
  const fixed = fix.versions.join(", ") || fix.state;
  return [severity, id, `${found.name} ${found.version}`, fixed, since?.slice(0, 10) ?? ""];
}
