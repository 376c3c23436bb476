import { isMatch, type Reproduction } from "./reproduce.js";

/** What came of it: a line for each platform, and below it what differs. */
export function formatReproduction(reproduction: Reproduction): string {
  const { released, build, platforms, unrecorded, buildkit } = reproduction;
  const from = `commit ${build.revision.slice(0, 12)} and ${count(build.materials.length, "material")}`;
  const by = `BuildKit ${buildkit}${buildkit === build.buildkit ? "" : ` (recorded: ${build.buildkit || "no version"})`}`;
  const lines = [`${released.repository}@${released.digest}`, `built again from ${from} by ${by}`];
  for (const { platform, released: before, rebuilt, differences } of platforms) {
    lines.push(
      `  ${platform}  ${before ?? "absent"}  ${differences.length === 0 ? "the same" : `differs: ${rebuilt ?? "absent"}`}`,
    );
    lines.push(...differences.map((difference) => `    ${difference}`));
  }
  for (const digest of unrecorded) lines.push(`  used without being recorded: ${digest}`);
  lines.push(isMatch(reproduction) ? "reproduced" : "NOT reproduced");
  return lines.join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
