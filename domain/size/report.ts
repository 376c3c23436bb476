import { megabytes } from "./judge.js";
import type { PlatformSize } from "./types.js";

/** Sizes of an image beside those of its last release. */
export interface SizeReport {
  /** Compressed bytes that each platform may have. */
  readonly budget?: number;
  /** Digest of the last release; absent where there is none. */
  readonly lastRelease?: string;
  readonly platforms: readonly (PlatformSize & {
    /** Compressed bytes more than the last release has; absent where that lacks the platform. */
    readonly growth?: number;
    /** Unpacked bytes more; absent where one of the two is not known. */
    readonly unpackedGrowth?: number;
  })[];
}

export interface LastRelease {
  readonly digest: string;
  readonly platforms: readonly Omit<PlatformSize, "layers">[];
}

export function sizeReport(
  sizes: readonly PlatformSize[],
  budget: number | undefined,
  last: LastRelease | undefined,
): SizeReport {
  return {
    ...(budget === undefined ? {} : { budget }),
    ...(last === undefined ? {} : { lastRelease: last.digest }),
    platforms: sizes.map((each) => {
      const before = last?.platforms.find(({ platform }) => platform === each.platform);
      if (before === undefined) return each;
      const unpacked = { now: each.unpackedSize, before: before.unpackedSize };
      return {
        ...each,
        growth: each.size - before.size,
        ...(unpacked.now === undefined || unpacked.before === undefined
          ? {}
          : { unpackedGrowth: unpacked.now - unpacked.before }),
      };
    }),
  };
}

/** The platform that changed most, in a few words; undefined where none did by as much as a percent. */
export function growthSummary({ platforms }: SizeReport): string | undefined {
  const changed = platforms
    .filter(({ size, growth = 0 }) => Math.abs(growth) * 100 >= size - growth && growth !== 0)
    .sort((left, right) => Math.abs(right.growth ?? 0) - Math.abs(left.growth ?? 0));
  const growth = changed[0]?.growth;
  return growth === undefined ? undefined : `${growth > 0 ? "+" : ""}${megabytes(growth)}`;
}
