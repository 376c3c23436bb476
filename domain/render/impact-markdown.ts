import type { Impact, Impacted } from "../impact/types.js";
import { causesOf, formatEstimate, formatMinutes, nameOf, summaryOf } from "./impact-text.js";

/** A drawing with more nodes is not readable in a pull request; the table has them all. */
const DRAWN = 60;

/** The blast radius as a comment on a pull request: summary, Mermaid graph, table. */
export function renderImpactMarkdown(impact: Impact): string {
  const { images, kept, notes, owners, removed } = impact;
  const lines = [`## Blast radius: ${cell(summaryOf(impact))}`, ...notes.flatMap((note) => ["", note])];
  if (images.length > 0) {
    const asked = owners.map(
      ({ owner, images: ids }) => `${owner === "" ? "no owner" : `**${cell(owner)}**`} (${ids.length})`,
    );
    lines.push("", sentence(formatEstimate(impact.estimate)), `Owners: ${asked.join(", ")}.`, "", ...drawing(images));
    lines.push(
      "",
      "<details><summary>All images</summary>",
      "",
      "| wave | image | owner | minutes | because of |",
      "|---|---|---|---|---|",
    );
    for (const image of images) {
      const minutes = image.minutes === undefined ? "?" : formatMinutes(image.minutes);
      const cells = [String(image.wave), nameOf(image), image.owner ?? "", minutes, causesOf(image)];
      lines.push(`| ${cells.map(cell).join(" | ")} |`);
    }
    lines.push("", "</details>");
  }
  if (kept.length > 0) {
    lines.push("", "Not rebuilt by itself:", "", ...kept.map(({ id, reason }) => `- ${id}: ${cell(reason)}`));
  }
  if (removed.length > 0) lines.push("", `Built no more: ${removed.join(", ")}.`);
  return `${lines.join("\n")}\n`;
}

function drawing(images: readonly Impacted[]): readonly string[] {
  const drawn = images.slice(0, DRAWN);
  const ids = new Map<string, string>();
  const lines = ["```mermaid", "flowchart LR"];
  const built = new Set(drawn.map(({ id }) => id));
  for (const base of new Set(drawn.flatMap(({ on }) => on))) {
    if (built.has(base)) continue;
    ids.set(base, `n${ids.size}`);
    lines.push(`  ${ids.get(base)}(["${base}"])`);
  }
  for (const { id, kind, reasons } of drawn) {
    ids.set(id, `n${ids.size}`);
    const [open, close] = kind === "base" ? ["[[", "]]"] : ["[", "]"];
    lines.push(`  ${ids.get(id)}${open}"${id}"${close}${reasons.length > 0 ? ":::changed" : ""}`);
  }
  for (const { id, on } of drawn) {
    for (const base of on) if (ids.has(base)) lines.push(`  ${ids.get(base)} --> ${ids.get(id)}`);
  }
  if (images.length > drawn.length) lines.push(`  more["and ${images.length - drawn.length} more"]`);
  return [...lines, "  classDef changed stroke-width:3px", "```"];
}

/** Text that stays within one cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
