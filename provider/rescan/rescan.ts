import type { EvidencePlan } from "../../domain/evidence/spec.js";
import {
  type BasePackages,
  type DriftReport,
  driftOf,
  type ImageDrift,
  type Unscanned,
} from "../../domain/report/drift.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import { judgeScan } from "../../domain/scan/judge.js";
import { withSince } from "../../domain/scan/since.js";
import type { SbomScan } from "../../domain/scan/types.js";
import type { VulnPredicate } from "../../domain/scan/vuln-predicate.js";
import type { Settings } from "../../domain/settings/types.js";
import type { RegistryClient } from "../registry/client.js";
import { ScanError } from "../scan/scan-error.js";
import { scanSboms } from "../scan/scan-sboms.js";
import { type ReleasedImage, readReleased } from "./released-sboms.js";

export interface RescanRequest {
  /** Absolute path of the project. */
  readonly root: string;
  readonly settings: Settings;
  readonly evidence: EvidencePlan;
  /** Ids of the images, each with what it stands on, the nearest first. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  /** Public keys (PEM) that count. */
  readonly keys: readonly string[];
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** A scan to be attested: to a platform of a released image. */
export interface NewScan {
  readonly image: string;
  /** Of the platform's manifest. */
  readonly subject: string;
  readonly predicate: VulnPredicate;
}

export interface Rescan {
  readonly report: DriftReport;
  readonly scans: readonly NewScan[];
}

/**
 * Scans all released images anew from the SBOMs that are attached to them, all in one run of each scanner. An image that
 * cannot be read stands in the report; the others go on.
 *
 * @throws ScanError where nothing could be scanned: without a database nobody has looked
 */
export async function rescan(request: RescanRequest): Promise<Rescan> {
  const { images, progress, root, settings, signal } = request;
  const { released, unscanned } = await readAll(request);
  const sboms = [...released.values()].flatMap(({ platforms }) =>
    platforms.map(({ digest, sbom }) => ({ key: digest, document: sbom })),
  );
  progress(`scanning ${sboms.length} SBOMs of ${released.size} images`);
  const scanned = await scanSboms({
    sboms,
    settings: settings.scan,
    root,
    development: false,
    now: () => new Date(),
    signal,
  });
  const [first] = scanned.values();
  if (first?.status === "unscanned") {
    const remedy = "Turn one on: factory:scan: { scanners: { grype: block } }.";
    throw new ScanError("scanner-failed", "no scanner has looked: all are off, or could not run.", remedy);
  }

  const scans: NewScan[] = [];
  const drifts = [...images.keys()].flatMap((image) => {
    const found = released.get(image);
    if (found === undefined) return [];
    const drift = judgeImage(image, found, { request, released, scanned });
    scans.push(...drift.scans);
    return [drift.image];
  });
  const built = first?.reports[0]?.database?.built;
  const report: DriftReport = {
    scannedOn: first?.startedOn ?? "",
    ...(built === undefined ? {} : { databaseBuilt: built }),
    images: drifts,
    unscanned,
  };
  return { report, scans };
}

async function readAll({ client, images, keys, settings, signal, progress }: RescanRequest) {
  progress(`reading the SBOMs of ${images.size} images`);
  const released = new Map<string, ReleasedImage>();
  const unscanned: Unscanned[] = [];
  const read = async (image: string) => {
    const repository = `${settings.registry}/${image}`;
    try {
      released.set(image, await readReleased(client, repository, settings.channel, keys, signal));
    } catch (error) {
      signal.throwIfAborted();
      unscanned.push({ image, problem: error instanceof Error ? error.message : String(error) });
    }
  };
  await Promise.all([...images.keys()].map(read));
  return { released, unscanned: unscanned.sort((left, right) => (left.image < right.image ? -1 : 1)) };
}

interface Context {
  readonly request: RescanRequest;
  readonly released: ReadonlyMap<string, ReleasedImage>;
  readonly scanned: ReadonlyMap<string, SbomScan>;
}

function judgeImage(
  image: string,
  { digest, platforms }: ReleasedImage,
  { request, released, scanned }: Context,
): { readonly image: ImageDrift; readonly scans: readonly NewScan[] } {
  const rules = request.evidence.images.get(image)?.scan;
  const today = new Date().toISOString().slice(0, 10);
  const scans: NewScan[] = [];
  const drifts = platforms.flatMap((platform) => {
    const scan = scanned.get(platform.digest);
    if (scan === undefined || rules === undefined) return [];
    const { policy, exceptions, vex } = rules;
    const judged = {
      image,
      platform: platform.platform,
      digest: platform.digest,
      scan,
      policy,
      exceptions,
      vex,
      today,
    };
    const { failures, predicate } = judgeScan(judged);
    const now = withSince(predicate, platform.scan);
    scans.push({ image, subject: platform.digest, predicate: now });
    const bases = (request.images.get(image) ?? []).flatMap((base) => packagesOf(base, platform.platform, released));
    const before = platform.scan === undefined ? {} : { before: platform.scan };
    return [driftOf({ platform: platform.platform, ...before, now, bases, failures })];
  });
  return { image: { image, digest, platforms: drifts }, scans };
}

function packagesOf(
  base: string,
  platform: string,
  released: ReadonlyMap<string, ReleasedImage>,
): readonly BasePackages[] {
  const sbom = released.get(base)?.platforms.find((it) => it.platform === platform)?.sbom;
  return sbom === undefined ? [] : [{ base, packages: namesIn(sbom) }];
}

function namesIn({ packages }: SpdxDocument): ReadonlySet<string> {
  return new Set(packages.map(({ name, versionInfo }) => `${name} ${versionInfo ?? ""}`));
}
