import type { Estimate, Impact, Impacted } from "../impact/types.js";
import { columns } from "./columns.js";

/** The blast radius as a table, with what is left out, who answers for it, and how long it takes. */
export function renderImpactText(impact: Impact): string {
  const { images, kept, notes, owners, removed } = impact;
  const lines = [summaryOf(impact), ...notes];
  if (images.length > 0) {
    const rows = images.map((image) => [
      String(image.wave),
      nameOf(image),
      image.owner ?? "-",
      image.minutes === undefined ? "?" : formatMinutes(image.minutes),
      causesOf(image),
    ]);
    lines.push("", ...columns([["wave", "image", "owner", "minutes", "because of"], ...rows]));
    const named = owners.map(({ owner, images: ids }) => `${owner === "" ? "no owner" : owner} (${ids.length})`);
    lines.push("", `owners: ${named.join(", ")}`, formatEstimate(impact.estimate));
  }
  if (kept.length > 0) lines.push("", "not rebuilt by itself:", ...kept.map(({ id, reason }) => `  ${id}: ${reason}`));
  if (removed.length > 0) lines.push("", `built no more: ${removed.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

/** `docker.io/library/debian:12: 12 images in 3 waves`. */
export function summaryOf({ images, subject }: Pick<Impact, "images" | "subject">): string {
  if (images.length === 0) return `${subject}: nothing is built again.`;
  const waves = (images.at(-1)?.wave ?? 0) + 1;
  return `${subject}: ${count(images.length, "image")} in ${count(waves, "wave")}`;
}

export function formatEstimate({ chain, unknown, work }: Estimate): string {
  if (work === 0) return "estimate: none, for no build of these is recorded";
  const left = unknown.length === 0 ? "" : `; ${count(unknown.length, "image")} without a recorded build not counted`;
  return `estimate: ${formatMinutes(work)} minutes of builds, at least ${formatMinutes(chain)} in a row${left}`;
}

export function formatMinutes(minutes: number): string {
  return minutes.toFixed(1);
}

export function causesOf({ keptIf, on, reasons }: Impacted): string {
  const causes = [...reasons, ...on].join(", ");
  return keptIf === undefined ? causes : `${causes}; waits where ${keptIf.join(", ")} has to change`;
}

export function nameOf({ id, kind }: Pick<Impacted, "id" | "kind">): string {
  return kind === "base" ? `${id} (base)` : id;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
