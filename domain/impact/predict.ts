import { estimate } from "./estimate.js";
import type { Change, Impact, Impacted, Kept, Reachable } from "./types.js";

export interface PredictOptions {
  /** Median minutes of an image's builds, by id. Default: none are known. */
  readonly minutes?: ReadonlyMap<string, number>;
  readonly removed?: readonly string[];
  readonly notes?: readonly string[];
}

/**
 * What a change may rebuild: all that is reached from it. What is rebuilt in the end is never more; it is less where a
 * rebuilt image holds the same as before, where one fails, or where a build on these very bases exists.
 *
 * @param images each after what it stands on
 */
export function predict(images: readonly Reachable[], change: Change, options: PredictOptions = {}): Impact {
  const { minutes = new Map(), removed = [], notes = [] } = options;
  const given = new Set(change.given);
  const waves = new Map<string, number>();
  const keepers = new Map<string, Keeper>();
  const impacted: Impacted[] = [];
  const kept: Kept[] = [];
  for (const image of images) {
    const { id, bases } = image;
    const reasons = change.own.get(id) ?? [];
    const on = bases.filter((base) => given.has(base) || waves.has(base));
    const keptOn = bases.filter((base) => keepers.has(base));
    if (given.has(id) || (reasons.length === 0 && on.length === 0 && keptOn.length === 0)) continue;
    const keeper =
      ownKeeper(
        image,
        reasons,
        bases.some((base) => given.has(base)),
      ) ?? inherited(keptOn, keepers, on);
    if (keeper !== undefined) {
      keepers.set(id, keeper);
      kept.push({ id, reason: keeper.reason });
      continue;
    }
    const wave = on.reduce((latest, base) => Math.max(latest, (waves.get(base) ?? -1) + 1), 0);
    waves.set(id, wave);
    const known = minutes.get(id);
    impacted.push({
      id,
      kind: image.kind,
      ...(image.owner === undefined ? {} : { owner: image.owner }),
      ...(image.catalogue === undefined ? {} : { catalogue: image.catalogue }),
      wave,
      reasons,
      on,
      ...(keptOn.length === 0 ? {} : { keptIf: keptOn }),
      ...(known === undefined ? {} : { minutes: known }),
    });
  }
  impacted.sort((left, right) => left.wave - right.wave || compare(left.id, right.id));
  return {
    subject: change.subject,
    images: impacted,
    kept,
    removed,
    owners: ownersOf(impacted),
    estimate: estimate(impacted),
    notes,
  };
}

/** Why an image is not rebuilt by itself. */
interface Keeper {
  readonly reason: string;
  /** What stands on it says of it, after its name. */
  readonly because: string;
  /** False where it might need no rebuild after all, because what it stands on comes out the same: then it keeps nobody. */
  readonly isCertain: boolean;
}

/** A person who changes an image's files runs the build, so only what comes from below is kept from it by `autoRebuild`. */
function ownKeeper(
  { autoRebuild, leftOut }: Reachable,
  reasons: readonly string[],
  isCertain: boolean,
): Keeper | undefined {
  const because = "is not rebuilt by itself";
  if (leftOut !== undefined) return { reason: `left out: ${leftOut}`, because, isCertain: true };
  if (autoRebuild || reasons.length > 0) return undefined;
  return { reason: "autoRebuild is off: a person rebuilds it", because, isCertain };
}

function inherited(
  keptOn: readonly string[],
  keepers: ReadonlyMap<string, Keeper>,
  on: readonly string[],
): Keeper | undefined {
  const base = keptOn.find((each) => on.length === 0 || keepers.get(each)?.isCertain);
  const keeper = keepers.get(base ?? "");
  return (
    keeper && { reason: `stands on ${base}, which ${keeper.because}`, because: "waits", isCertain: keeper.isCertain }
  );
}

function ownersOf(images: readonly Impacted[]): Impact["owners"] {
  const byOwner = new Map<string, string[]>();
  for (const { id, owner = "" } of images) {
    const ids = byOwner.get(owner);
    if (ids === undefined) byOwner.set(owner, [id]);
    else ids.push(id);
  }
  return [...byOwner].sort(([left], [right]) => compare(left, right)).map(([owner, ids]) => ({ owner, images: ids }));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
