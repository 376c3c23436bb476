import { severities } from "../evidence/types.js";
import type { ScannedPlatform } from "./render-sarif.js";
import type { Finding } from "./types.js";

const columns = ["severity", "id", "package", "version", "fixed in", "scanner", "platforms"] as const;

/** Findings as text, worst first; what several platforms share stands there once. Suppressed ones say so. */
export function renderScanTable(scanned: readonly ScannedPlatform[]): string {
  const rows = new Map<
    string,
    { readonly finding: Finding; readonly platforms: string[]; readonly suppressed: boolean }
  >();
  for (const { platform, scan, suppressed } of scanned) {
    for (const finding of scan.reports.flatMap(({ findings }) => findings)) {
      const isSuppressed = suppressed.some((it) => it.finding === finding);
      const key = `${finding.scanner} ${finding.id} ${finding.package.name} ${finding.package.version} ${isSuppressed}`;
      const row = rows.get(key) ?? { finding, platforms: [], suppressed: isSuppressed };
      row.platforms.push(platform);
      rows.set(key, row);
    }
  }
  if (rows.size === 0) {
    const unscanned = scanned.some(({ scan }) => scan.status === "unscanned");
    return unscanned ? "not scanned: there is no database\n" : "nothing found\n";
  }
  const cells = [...rows.values()]
    .sort((a, b) => order(a.finding) - order(b.finding) || (nameOf(a.finding) < nameOf(b.finding) ? -1 : 1))
    .map(({ finding, platforms, suppressed }) => [
      suppressed ? `(${finding.severity})` : finding.severity,
      finding.id,
      finding.package.name,
      finding.package.version,
      finding.fix.versions.join(", ") || finding.fix.state,
      finding.scanner,
      platforms.join(", "),
    ]);
  const widths = columns.map((name, index) => Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[columns, ...cells].map(line).join("\n")}\n`;
}

function order({ severity }: Finding): number {
  return severities.indexOf(severity);
}

function nameOf({ package: { name }, id }: Finding): string {
  return `${name} ${id}`;
}
