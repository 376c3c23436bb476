import type { Recall } from "../recall/types.js";
import type { Rollback } from "../rollback/types.js";
import type { RunRecord } from "../runs/types.js";

/** One release: a digest that came to consumers under the stack's moving tag. */
export interface ReleaseFact {
  readonly image: string;
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface DoraInputs {
  readonly stack: string;
  /** Milliseconds since 1970: from here, inclusive, up to `until`, exclusive. */
  readonly since: number;
  readonly until: number;
  /** Of the window, and those before it that were still out; in any order. */
  readonly releases: readonly ReleaseFact[];
  readonly rollbacks: readonly Rollback[];
  readonly recalls: readonly Recall[];
  /** They tell the commit of each digest. */
  readonly runs: readonly RunRecord[];
}

/** A figure of several events; all others are absent where there was none. Seconds. */
export interface Spread {
  readonly count: number;
  readonly median?: number;
  readonly p90?: number;
}

/** The four of DORA. `docs/releases.md` defines each. */
export interface Dora {
  readonly deployments: number;
  /** Releases a day. */
  readonly deploymentFrequency: number;
  /** From a commit to the first release that has it. */
  readonly leadTime: Spread;
  /** Share of the window's releases that were rolled back or recalled; absent where there was no release. */
  readonly changeFailureRate?: number;
  readonly failures: number;
  /** From the release of what failed to what put consumers right. */
  readonly timeToRestore: Spread;
  /** Failures that nothing has put right yet. */
  readonly unrestored: number;
}

const DAY = 24 * 3_600_000;

export function doraOf(inputs: DoraInputs): Dora {
  const { since, until } = inputs;
  const isIn = (time: number) => time >= since && time < until;
  const ordered = [...inputs.releases].sort((left, right) => left.at - right.at);
  const deployed = ordered.filter(({ at }) => isIn(at));
  const failed = failuresOf(deployed, ordered, inputs);
  const restored = failed.flatMap(({ release, restoredAt }) => {
    return restoredAt === undefined ? [] : [(restoredAt - release.at) / 1000];
  });
  return {
    deployments: deployed.length,
    deploymentFrequency: deployed.length / ((until - since) / DAY),
    leadTime: spreadOf(leadTimes(ordered, inputs, isIn)),
    ...(deployed.length === 0 ? {} : { changeFailureRate: failed.length / deployed.length }),
    failures: failed.length,
    timeToRestore: spreadOf(restored),
    unrestored: failed.length - restored.length,
  };
}

/** Median and 90th percentile by nearest rank, so that each is one of the values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const [median, p90] = [rank(0.5), rank(0.9)];
  return {
    count: sorted.length,
    ...(median === undefined ? {} : { median }),
    ...(p90 === undefined ? {} : { p90 }),
  };
}

/**
 * Each commit counts once for an image, at its first release: a rebuild on a patched base is no change of the image. After a
 * release whose commit is not known, nobody knows whether the next one's is new.
 */
function leadTimes(
  ordered: readonly ReleaseFact[],
  { runs }: DoraInputs,
  isIn: (time: number) => boolean,
): readonly number[] {
  // The oldest record of a digest counts, which is set last: a later commit may have changed nothing that is built.
  const newestFirst = [...runs].sort((left, right) => (left.startedAt < right.startedAt ? 1 : -1));
  const revisions = new Map(
    newestFirst.flatMap(({ images }) =>
      images.flatMap(({ id, digest, revision }) =>
        digest === undefined || revision.commit === "" || revision.dirty
          ? []
          : [[`${id} ${digest}`, revision] as const],
      ),
    ),
  );
  const seen = new Set<string>();
  const unknown = new Set<string>();
  return ordered.flatMap(({ image, digest, at }) => {
    const revision = revisions.get(`${image} ${digest}`);
    if (revision === undefined) {
      unknown.add(image);
      return [];
    }
    const key = `${image} ${revision.commit}`;
    const isNew = !seen.has(key) && !unknown.has(image);
    seen.add(key);
    unknown.delete(image);
    return isNew && isIn(at) ? [Math.max(0, at / 1000 - revision.epoch)] : [];
  });
}

interface Failure {
  readonly release: ReleaseFact;
  readonly restoredAt?: number;
}

/** A release fails where it is rolled back from, or recalled. The first of the two that puts it right counts. */
function failuresOf(
  deployed: readonly ReleaseFact[],
  ordered: readonly ReleaseFact[],
  { stack, rollbacks, recalls }: DoraInputs,
): readonly Failure[] {
  return deployed.flatMap((release): readonly Failure[] => {
    const { image, digest, at } = release;
    const later = ordered.filter((other) => other.image === image && other.at > at);
    // The same digest released again later is judged there.
    const end = later.find((other) => other.digest === digest)?.at ?? Number.POSITIVE_INFINITY;
    const back = rollbacks
      .filter((each) => each.stack === stack && each.image === image && each.from === digest)
      .map((each) => Date.parse(each.at))
      .filter((time) => time >= at && time < end)
      .sort((left, right) => left - right)[0];
    const isRecalled = recalls.some((recall) => recall.digest === digest);
    if (back === undefined && !isRecalled) return [];
    const replaced = later.find((other) => other.digest !== digest)?.at;
    const times = [back, isRecalled ? replaced : undefined].filter((time) => time !== undefined);
    return [{ release, ...(times.length === 0 ? {} : { restoredAt: Math.min(...times) }) }];
  });
}
