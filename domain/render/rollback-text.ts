import type { Rollback } from "../rollback/types.js";

export interface RolledBack extends Pick<Rollback, "image" | "from" | "to" | "tags"> {
  readonly staying: readonly string[];
  readonly passedOver: readonly { readonly digest: string; readonly reason: string }[];
}

/** What was rolled back, and what to do next. */
export function renderRollbacks(plans: readonly RolledBack[]): string {
  const lines = plans.flatMap(({ image, from, to, tags, staying, passedOver }) => [
    `${image}: ${tags.join(", ") || "no tag"} back to ${to}, from ${from}`,
    ...(staying.length === 0 ? [] : [`  where they were, since they name nothing else: ${staying.join(", ")}`]),
    ...passedOver.map(({ digest, reason }) => `  passed over ${digest}: ${reason.replaceAll("\n", "\n  ")}`),
  ]);
  const images = plans.map(({ image }) => image).join(" ");
  return `${[
    ...lines,
    "Commit rollbacks.yaml: while it says so, no release moves these tags.",
    `To end it: npx factory rollback ${images} --lift`,
  ].join("\n")}\n`;
}
