import type { GateFailure } from "../evidence/types.js";
import { isSame } from "../scan/since.js";
import type { Finding } from "../scan/types.js";
import type { VulnPredicate } from "../scan/vuln-predicate.js";

/** A finding of a rescan, and where its package comes from. */
export interface DriftFinding {
  readonly finding: Finding;
  /** The base whose SBOM holds the package; absent where the image brings it itself. */
  readonly inheritedFrom?: string;
}

/** What has become of the vulnerabilities of one platform since it was last scanned. */
export interface PlatformDrift {
  readonly platform: string;
  readonly new: readonly DriftFinding[];
  readonly open: readonly DriftFinding[];
  readonly fixed: readonly Finding[];
  /** What the gate says now. */
  readonly failures: readonly GateFailure[];
}

export interface ImageDrift {
  /** Id of the image variant. */
  readonly image: string;
  /** Of the released index. */
  readonly digest: string;
  readonly platforms: readonly PlatformDrift[];
}

/** An image that could not be rescanned, and why. */
export interface Unscanned {
  readonly image: string;
  readonly problem: string;
}

export interface DriftReport {
  /** When the rescan started, RFC 3339. */
  readonly scannedOn: string;
  /** When the database was built; absent where the scanner does not tell. */
  readonly databaseBuilt?: string;
  readonly images: readonly ImageDrift[];
  readonly unscanned: readonly Unscanned[];
}

/** A base, and the packages of one of its platforms as its SBOM has them. */
export interface BasePackages {
  readonly base: string;
  /** `name version`. */
  readonly packages: ReadonlySet<string>;
}

export interface DriftInputs {
  readonly platform: string;
  /** The scan that was attested last; absent where there was none, or nobody had looked. */
  readonly before?: VulnPredicate;
  /** With `since` in its findings. */
  readonly now: VulnPredicate;
  /** What the image stands on, the nearest first. */
  readonly bases: readonly BasePackages[];
  readonly failures: readonly GateFailure[];
}

/** Compares a scan with the one before. What is suppressed counts as neither new nor open. */
export function driftOf({ platform, before, now, bases, failures }: DriftInputs): PlatformDrift {
  const earlier = before?.scanner.result.findings ?? [];
  const { findings } = now.scanner.result;
  const isKnown = (finding: Finding) => earlier.some((it) => isSame(it, finding));
  const withOrigin = (finding: Finding): DriftFinding => {
    const name = `${finding.package.name} ${finding.package.version}`;
    // The furthest that has it brought it in.
    const from = bases.findLast(({ packages }) => packages.has(name))?.base;
    return { finding, ...(from === undefined ? {} : { inheritedFrom: from }) };
  };
  return {
    platform,
    new: findings.filter((it) => !isKnown(it)).map(withOrigin),
    open: findings.filter(isKnown).map(withOrigin),
    fixed: earlier.filter((it) => !findings.some((finding) => isSame(it, finding))),
    failures,
  };
}
