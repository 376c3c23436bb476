import type { Platform } from "../catalogue/types.js";
import type { ScannerName } from "../settings/scan.js";
import type { ScanStatus, Severity } from "./types.js";

/** How a build went, by BuildKit's own record of it. */
export interface BuildMeasures {
  /** RFC 3339, UTC. */
  readonly startedOn: string;
  /** From the request to the result, pushing included. */
  readonly seconds: number;
  /** Vertices of BuildKit's graph, the loading of contexts and the export among them. */
  readonly steps: number;
  /** Those of them that came from the cache. */
  readonly cachedSteps: number;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** What the platform could not run here. */
  readonly notRun: number;
}

export interface ScanMeasures {
  /** `unscanned`: nobody has looked. */
  readonly status: ScanStatus;
  /** Whether the gate let it pass. */
  readonly passed: boolean;
  readonly scanners: readonly { readonly scanner: ScannerName; readonly status: "scanned" | "skipped" }[];
  /** What counts, each vulnerability of a package once. */
  readonly vulnerabilities: Readonly<Record<Severity, number>>;
}

/** What the parts of the evidence measured on one platform; what a part could not say is absent. */
export interface PlatformMeasures {
  readonly platform: Platform;
  /** Compressed bytes: configuration and layers. */
  readonly size?: number;
  /** Bytes of the layers' archives, unpacked. */
  readonly unpackedSize?: number;
  /** More than the last release has, compressed. */
  readonly growth?: number;
  readonly unpackedGrowth?: number;
  readonly tests?: TestCounts;
  readonly scan?: ScanMeasures;
}

/** Figures of one candidate: what reports and metrics are made from. */
export interface Measures {
  /** Of the index. */
  readonly digest: string;
  /** Absent where no builder remembers the build. */
  readonly build?: BuildMeasures;
  readonly platforms: readonly PlatformMeasures[];
}

/** What one part of the evidence adds. */
export type PartialMeasures = Partial<Pick<Measures, "build" | "platforms">>;

/** The figures of all parts in one, by platform. */
export function joinMeasures(
  digest: string,
  platforms: readonly Platform[],
  parts: readonly PartialMeasures[],
): Measures {
  const build = parts.find((part) => part.build !== undefined)?.build;
  return {
    digest,
    ...(build === undefined ? {} : { build }),
    platforms: platforms.map((platform) => {
      const own = parts.flatMap((part) => part.platforms?.filter((it) => it.platform === platform) ?? []);
      return Object.assign({ platform }, ...own) as PlatformMeasures;
    }),
  };
}
