import type { Checked, Problem } from "../problems.js";
import type { Recall } from "../recall/types.js";
import { shorterForms } from "../release/tags.js";
import { reservedFor } from "../settings/release.js";
import type { Settings } from "../settings/types.js";
import { placeOf } from "../yaml/document.js";
import type { Promotions } from "./load.js";
import type { PlannedPromotion, PromotedRelease } from "./types.js";

/**
 * What a stack promotes, image by image, and everything that the file alone shows to be wrong. What it was built from may
 * have been recalled, too: only its verification can tell.
 */
export function planPromotions(
  { releases, document }: Promotions,
  { channel, promotes, stack }: Pick<Settings, "channel" | "promotes" | "stack">,
  recalls: readonly Recall[],
): Checked<readonly PlannedPromotion[]> {
  const problems: Problem[] = [];
  for (const [index, { image, digest, repository }] of releases.entries()) {
    const blame = (key: string, message: string, remedy: string) =>
      problems.push({ place: placeOf(document, ["releases", index, key]), message, remedy });
    if (promotes !== undefined && !repository.startsWith(`${promotes.registry}/`)) {
      const message = `${image} comes from ${repository}; allowed is what lies in ${promotes.registry}.`;
      blame("repository", message, "Promote it with `npx factory promote`, or change factory:promotes.");
    }
    const recall = recalls.find((each) => each.digest === digest);
    if (recall !== undefined) {
      const { date, by, reason } = recall;
      const message = `${image} is at ${digest}, which was recalled on ${date} by ${by}: ${reason}`;
      const remedy = `Go back to the release before: npx factory rollback ${image} --stack ${stack}`;
      blame("digest", message, remedy);
    }
  }
  return { value: releases.map((release) => planned(release, channel)), problems };
}

/** What the file says is what every tag means: after a rollback from 1.5.0 to 1.4.2, `1` is 1.4.2 again. */
function planned(release: PromotedRelease, channel: string): PlannedPromotion {
  const version = release.version?.replaceAll("+", "_");
  // A version that reads like another tag of ours names nothing.
  const isVersion = version !== undefined && reservedFor(version) === "a version";
  const versions = isVersion ? [version, ...shorterForms(version)] : [];
  return { release, movingTags: [channel, ...versions.filter((tag) => tag !== channel)], head: channel };
}
