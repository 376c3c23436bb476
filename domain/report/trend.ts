import type { RunImage, RunRecord } from "../runs/types.js";
import { type Spread, spreadOf } from "./dora.js";

/** What the runs of one day (UTC) came to. */
export interface DayOfRuns {
  /** `2026-01-31` */
  readonly day: string;
  readonly runs: number;
  /** Runs that failed; an interrupt is none. */
  readonly failed: number;
  /** Of whole runs, seconds. */
  readonly duration: Spread;
  readonly builds: number;
  /** Of single builds, seconds. */
  readonly buildDuration: Spread;
  /** Share of the builds' vertices that came from the cache; absent where nothing was built. */
  readonly cacheHitRate?: number;
}

/** How an image has fared over the runs, the newest figures first hand. */
export interface ImageTrend {
  readonly id: string;
  readonly builds: number;
  readonly failures: number;
  readonly buildDuration: Spread;
  readonly cacheHitRate?: number;
  /** Compressed bytes of all platforms, at the first and the last run that knew them. */
  readonly size?: { readonly first: number; readonly last: number };
  /** Where the last run left it, if it failed: since when it has, RFC 3339. */
  readonly failingSince?: string;
}

/** By day, oldest first. @param runs oldest first */
export function trendOf(runs: readonly RunRecord[]): readonly DayOfRuns[] {
  const days = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const day = run.startedAt.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), run]);
  }
  return [...days].map(([day, those]) => {
    const images = those.flatMap((run) => run.images);
    const hits = cacheHitRate(images);
    const built = secondsOfBuilds(images);
    return {
      day,
      runs: those.length,
      failed: those.filter(({ status }) => status === "failed").length,
      duration: spreadOf(those.map(({ seconds }) => seconds)),
      builds: built.length,
      buildDuration: spreadOf(built),
      ...(hits === undefined ? {} : { cacheHitRate: hits }),
    };
  });
}

/** By id. @param runs oldest first */
export function imageTrends(runs: readonly RunRecord[]): readonly ImageTrend[] {
  const images = new Map<string, { readonly image: RunImage; readonly at: string }[]>();
  for (const { images: all, startedAt } of runs) {
    for (const image of all) images.set(image.id, [...(images.get(image.id) ?? []), { image, at: startedAt }]);
  }
  return [...images]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([id, found]) => {
      const all = found.map(({ image }) => image);
      const built = secondsOfBuilds(all);
      const hits = cacheHitRate(all);
      const sizes = all.flatMap(({ size }) => size ?? []);
      const [first, last] = [sizes[0], sizes.at(-1)];
      const since = failingSince(found);
      return {
        id,
        builds: built.length,
        failures: all.filter(({ state }) => state === "failed").length,
        buildDuration: spreadOf(built),
        ...(hits === undefined ? {} : { cacheHitRate: hits }),
        ...(first === undefined || last === undefined ? {} : { size: { first, last } }),
        ...(since === undefined ? {} : { failingSince: since }),
      };
    });
}

function secondsOfBuilds(images: readonly RunImage[]): readonly number[] {
  return images.flatMap(({ build }) => build.seconds ?? []);
}

/** Of all vertices together, so that a large build counts for more than a small one. */
export function cacheHitRate(images: readonly RunImage[]): number | undefined {
  const measured = images.map(({ build: { steps = 0, cachedSteps = 0 } }) => ({ steps, cachedSteps }));
  const steps = measured.reduce((sum, build) => sum + build.steps, 0);
  return steps === 0 ? undefined : measured.reduce((sum, build) => sum + build.cachedSteps, 0) / steps;
}

/** A run that did not reach it says nothing of it. */
function failingSince(found: readonly { readonly image: RunImage; readonly at: string }[]): string | undefined {
  let since: string | undefined;
  for (const { image, at } of found) {
    if (image.state === "failed") since ??= at;
    else if (image.state !== "skipped") since = undefined;
  }
  return since;
}
