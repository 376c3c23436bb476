import type { BuildMeasures, PlatformMeasures, ScanMeasures, TestCounts } from "../evidence/measures.js";
import type { Revision } from "../plan/types.js";

/** What an operation did, or in a preview would do, with an image variant. */
export type ImageResult =
  | "built"
  /** Built, and not released: it stays in quarantine. */
  | "candidate"
  /** Not built, but its evidence was made anew. */
  | "proved"
  /** Released anew, neither built nor proved. */
  | "released"
  | "unchanged"
  | "failed"
  /** Not reached, because what it stands on failed or the run ended before. */
  | "skipped";

/** What one `up` did: `metrics.json`. Times are RFC 3339 in UTC, sizes bytes. */
export interface RunRecord {
  readonly schema: 1;
  /** `20261121T150102123Z-3fa91c`: when it started, and something that makes it unique. */
  readonly id: string;
  /** The workflow's own name of the run, where one ran it. */
  readonly workflow?: string;
  readonly stack: string;
  readonly registry: string;
  /** What made it happen, as `factory:release` says it. */
  readonly release: string;
  /** HEAD of the checkout; empty where there is none. */
  readonly commit: string;
  /** Whether files of an image differed from their commit. */
  readonly dirty: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seconds: number;
  readonly status: RunStatus;
  /** In the order of the plan. */
  readonly images: readonly RunImage[];
  readonly problems: readonly RunProblem[];
}

export type RunStatus = "succeeded" | "failed" | "interrupted";

/** Something that stood in the way, without what a build wrote. */
export interface RunProblem {
  /** The image variant; absent for the whole run. */
  readonly image?: string;
  readonly kind: string;
  readonly text: string;
}

export interface RunImage {
  readonly id: string;
  readonly state: ImageResult;
  /** Of the index; absent where nothing was built. */
  readonly digest?: string;
  /** The last commit that touched its own folder. */
  readonly revision: Revision;
  /** Building, proving and releasing; absent where nothing was done. */
  readonly seconds?: number;
  readonly build: RunBuild;
  /** Compressed, all platforms together; absent where it is not known. */
  readonly size?: number;
  readonly platforms: readonly RunPlatform[];
}

/** `unchanged`: it was built before. Figures are there where it was built in this run. */
export interface RunBuild extends Partial<Omit<BuildMeasures, "startedOn">> {
  readonly status: "passed" | "failed" | "unchanged" | "skipped";
}

export interface RunPlatform extends Omit<PlatformMeasures, "tests" | "scan"> {
  /** `passRate` is the share of those that could be run. */
  readonly tests?: TestCounts & { readonly passRate?: number };
  /** `vulnerabilities` are absent where nobody has looked. */
  readonly scan?: Pick<ScanMeasures, "scanners"> &
    Partial<Pick<ScanMeasures, "vulnerabilities">> & { readonly status: "passed" | "failed" | "unscanned" };
}
