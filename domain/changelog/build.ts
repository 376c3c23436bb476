import { packageDifferences, type Sboms } from "./packages.js";
import type { Changelog, InputCommit } from "./types.js";
import { onlyIn, type Scans } from "./vulnerabilities.js";

/** A release by what is attached to it. */
export interface ReleaseContents {
  /** Of the index. */
  readonly digest: string;
  /** Empty where there is none that counts. */
  readonly sboms: Sboms;
  readonly scans: Scans;
}

export interface ChangelogInputs {
  readonly image: string;
  readonly at: string;
  readonly now: ReleaseContents;
  /** Absent for the first release. */
  readonly before?: ReleaseContents;
  readonly commits: readonly InputCommit[];
  readonly notes: readonly string[];
}

export function buildChangelog({ image, at, now, before, commits, notes }: ChangelogInputs): Changelog {
  const about = { schema: 1, image, digest: now.digest, at, commits } as const;
  if (before === undefined) return { ...about, packages: [], vulnerabilities: { fixed: [], new: [] }, notes };
  const fixed = onlyIn(before.scans, now.scans);
  const differences = before.sboms.size === 0 ? [] : packageDifferences(before.sboms, now.sboms);
  const packages = differences.map((change) => {
    return { ...change, fixes: fixed.filter((it) => it.package === change.name).map(({ id }) => id) };
  });
  const isCompared = [...now.scans.keys()].some((platform) => before.scans.has(platform));
  const unscanned = "One of the two releases was not scanned, so nothing is said of vulnerabilities.";
  return {
    ...about,
    previous: before.digest,
    packages,
    vulnerabilities: { fixed, new: onlyIn(now.scans, before.scans) },
    notes: isCompared ? notes : [...notes, unscanned],
  };
}
