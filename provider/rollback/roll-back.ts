import { type Problem, ProblemsError } from "../../domain/problems.js";
import { ROLLBACKS_FILE } from "../../domain/rollback/load.js";
import { standing } from "../../domain/rollback/standing.js";
import type { Rollback } from "../../domain/rollback/types.js";
import { writeRollbacks } from "../../domain/rollback/write.js";
import { allEnded } from "../registry/all-ended.js";
import { tag } from "../registry/copy.js";
import { RegistryError } from "../registry/registry-error.js";
import { planRollback, type RollbackContext, type RollbackPlan, RollbackRefusal } from "./plan-rollback.js";

export interface RollbackRequest {
  readonly images: readonly string[];
  /** Digest; for one image only. */
  readonly to?: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC, seconds. */
  readonly now: string;
}

/**
 * Puts the moving tags of images back. All targets are verified before anything is written; then the rollbacks are
 * recorded, and then the tags move. Where that ends in the middle, no release moves them forward, and the same command
 * again finishes it.
 *
 * @throws ProblemsError with every image that cannot go back
 */
export async function rollBack(
  root: string,
  context: RollbackContext,
  { images, to, reason, by, now }: RollbackRequest,
): Promise<readonly RollbackPlan[]> {
  const { client, rollbacks, settings } = context;
  const plans = await eachOf(
    images.map((image) => ({ image })),
    context,
    "nothing was moved",
    ({ image }) => planRollback(context, image, to),
  );
  const fresh = plans.filter(({ finishes }) => finishes === undefined);
  if (fresh.length > 0) {
    const replaced = new Set(fresh.map(({ image }) => standing(rollbacks, settings.stack, image)));
    const records = fresh.map(({ image, from, to: target, tags }): Rollback => {
      return { image, stack: settings.stack, from, to: target, tags, reason, by, at: now };
    });
    const before = rollbacks.map((each) => (replaced.has(each) ? { ...each, lifted: now } : each));
    await writeRollbacks(root, [...before, ...records]);
  }
  await eachOf(plans, context, "the same command again finishes it", async ({ image, tags, to: target }) => {
    const repository = `${settings.registry}/${image}`;
    await allEnded(tags.map((name) => tag(client, repository, target, name)));
  });
  return plans;
}

/**
 * Ends the rollbacks of images: the next release moves their tags again. It moves none itself.
 *
 * @throws ProblemsError with every image that is not rolled back
 */
export async function liftRollbacks(
  root: string,
  rollbacks: readonly Rollback[],
  { images, stack, now }: { readonly images: readonly string[]; readonly stack: string; readonly now: string },
): Promise<void> {
  const lifted = new Map(images.map((image) => [image, standing(rollbacks, stack, image)]));
  const problems = [...lifted].flatMap(([image, rollback]): readonly Problem[] => {
    if (rollback !== undefined) return [];
    const message = `${image} is not rolled back in the stack ${stack}.`;
    return [
      { place: { file: ROLLBACKS_FILE }, message, remedy: "Name an image that the file lists without `lifted`." },
    ];
  });
  if (problems.length > 0) throw new ProblemsError("the rollbacks", problems);
  const ended = new Set(lifted.values());
  await writeRollbacks(
    root,
    rollbacks.map((each) => (ended.has(each) ? { ...each, lifted: now } : each)),
  );
}

/** All images at once, to the end; then all that went wrong is told together. */
async function eachOf<T extends { readonly image: string }, R>(
  items: readonly T[],
  { settings }: RollbackContext,
  state: string,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const problems: Problem[] = [];
  const results = await Promise.all(
    items.map(async (item) => {
      try {
        return [await work(item)];
      } catch (error) {
        if (!(error instanceof RollbackRefusal || error instanceof RegistryError)) throw error;
        const remedy = error instanceof RollbackRefusal ? error.remedy : "Look to the registry, and try again.";
        problems.push({ place: { file: `${settings.registry}/${item.image}` }, message: error.message, remedy });
        return [];
      }
    }),
  );
  if (problems.length > 0) throw new ProblemsError(`the rollback (${state})`, problems);
  return results.flat();
}
