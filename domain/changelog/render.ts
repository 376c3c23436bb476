import type { Changelog, PackageDifference, VulnerabilityDifference } from "./types.js";

/** A changelog as Markdown, for people and release pages. */
export function renderChangelog({
  image,
  digest,
  previous,
  at,
  packages,
  vulnerabilities,
  commits,
  notes,
}: Changelog): string {
  const lines = [`# ${image}, released ${at}`, "", `\`${digest}\``];
  if (previous === undefined) lines.push("", "The first release.");
  else lines.push("", `Since \`${previous}\`:`);
  if (packages.length > 0) {
    lines.push(
      "",
      "## Packages",
      "",
      "| | kind | package | before | now | fixes | platforms |",
      `|${"---|".repeat(7)}`,
    );
    lines.push(...packages.map(packageRow));
  } else if (previous !== undefined) lines.push("", "No package is known to differ.");
  lines.push(...findings("Vulnerabilities no longer found", vulnerabilities.fixed));
  lines.push(...findings("Vulnerabilities found now", vulnerabilities.new));
  if (commits.length > 0) {
    lines.push("", "## Commits", "");
    for (const { commit, time, subject, images } of commits) {
      lines.push(`- ${commit.slice(0, 12)} ${time.slice(0, 10)} ${escaped(subject)} (${images.join(", ")})`);
    }
  }
  if (notes.length > 0) lines.push("", ...notes.map((note) => `> ${escaped(note)}`));
  return `${lines.join("\n")}\n`;
}

function packageRow({ change, kind, name, before, after, fixes, platforms }: PackageDifference): string {
  const cells = [change, kind, name, before.join(", "), after.join(", "), fixes.join(", "), platforms.join(", ")];
  return `| ${cells.map(escaped).join(" | ")} |`;
}

function findings(title: string, list: readonly VulnerabilityDifference[]): readonly string[] {
  if (list.length === 0) return [];
  const rows = list.map((it) => `- ${it.id} (${it.severity}) in ${escaped(it.package)}: ${it.platforms.join(", ")}`);
  return ["", `## ${title}`, "", ...rows];
}

/** What others wrote (names, versions, subjects) must not become markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_<>|[\]]/g, "\\$&").replace(/\s+/g, " ");
}
