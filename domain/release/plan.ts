import type { BuildPlan, PlannedImage } from "../plan/types.js";
import type { Checked, Problem } from "../problems.js";
import { standing } from "../rollback/standing.js";
import type { Rollback } from "../rollback/types.js";
import type { Settings } from "../settings/types.js";
import { type ReleaseTags, releaseTags } from "./tags.js";
import type { ReleasePlan } from "./types.js";

/**
 * What is released of every image of a plan, by id. The moving tags of an image that was rolled back stay where they are
 * until that is lifted; it is built, proved and released under its fixed tags all the same.
 */
export function planReleases(
  { images }: Pick<BuildPlan, "images">,
  { channel, release, stack }: Pick<Settings, "channel" | "release" | "stack">,
  rollbacks: readonly Rollback[],
): Checked<ReadonlyMap<string, ReleasePlan>> {
  const problems: Problem[] = [];
  const plans = new Map<string, ReleasePlan>();
  for (const image of images) {
    if (image.revision.dirty && (release.kind === "main" || release.kind === "version")) problems.push(dirty(image));
    const tags = releaseTags(release, image.node.image.tags, channel, image.revision);
    const rollback = standing(rollbacks, stack, image.id);
    if (tags === undefined) plans.set(image.id, {});
    else if (rollback === undefined) plans.set(image.id, { tags, ...liftedAt(rollbacks, stack, image.id) });
    else plans.set(image.id, { tags: held(tags), held: rollback.reason });
  }
  return { value: plans, problems };
}

function held({ fixed }: ReleaseTags): ReleaseTags {
  return { fixed, moving: [] };
}

function liftedAt(rollbacks: readonly Rollback[], stack: string, id: string): Pick<ReleasePlan, "lifted"> {
  const times = rollbacks
    .filter((each) => each.image === id && each.stack === stack)
    .flatMap(({ lifted }) => lifted ?? []);
  const last = times.sort().at(-1);
  return last === undefined ? {} : { lifted: last };
}

function dirty({ node }: PlannedImage): Problem {
  return {
    place: { file: node.image.directory },
    message: "it differs from its last commit, and factory:release names a commit or a version.",
    remedy: "Commit what was changed, or release it under the channel (factory:release: channel).",
  };
}
