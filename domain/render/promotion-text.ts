import type { MergedPromotions } from "../promotion/merge.js";
import type { PromotedRelease } from "../promotion/types.js";

export interface Promoted extends Pick<MergedPromotions, "changes" | "held"> {
  /** The releases file. */
  readonly file: string;
  readonly stack: string;
  /** Images that were asked for, and that nobody has released. */
  readonly missing: readonly string[];
}

/** What a releases file got, and what to do next; Markdown, so that it is a pull request's text as it is. */
export function renderPromotion({ file, stack, changes, held, missing }: Promoted): string {
  const lines = changes.map(({ image, from, to, version }) => {
    const before = from === undefined ? "new" : `was \`${from}\``;
    return `- **${image}** ${version === undefined ? "" : `${version} `}\`${to}\` (${before})`;
  });
  const next =
    changes.length === 0
      ? [`${file} is up to date.`]
      : [`Commit ${file}, have it reviewed, and then: pulumi up --stack ${stack}`];
  return `${[
    ...lines,
    ...held.map(({ image, digest, reason }) => `- ${image} stays: it was rolled back from \`${digest}\` (${reason})`),
    ...(missing.length === 0 ? [] : [`- not released there: ${missing.join(", ")}`]),
    ...next,
  ].join("\n")}\n`;
}

export interface PromotionRolledBack {
  readonly entry: Pick<PromotedRelease, "image" | "digest" | "version">;
  readonly from: string;
  readonly passedOver: readonly { readonly digest: string; readonly reason: string }[];
}

/** What goes back, and what to do next. */
export function renderPromotionRollback(
  done: readonly PromotionRolledBack[],
  { file, stack }: Pick<Promoted, "file" | "stack">,
): string {
  return `${[
    ...done.flatMap(({ entry: { image, digest, version }, from, passedOver }) => [
      `- **${image}** back to ${version === undefined ? "" : `${version} `}\`${digest}\`, from \`${from}\``,
      ...passedOver.map((each) => `  - passed over \`${each.digest}\`: ${each.reason.replaceAll("\n", "\n    ")}`),
    ]),
    `Commit ${file}, and then: pulumi up --stack ${stack}`,
  ].join("\n")}\n`;
}
