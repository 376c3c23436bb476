import { type PredicateKind, predicateTypes } from "../../domain/evidence/predicates.js";
import type { PlatformManifest, Statement } from "../../domain/evidence/types.js";
import type { BuildkitProvenance } from "../../domain/provenance/buildkit.js";
import { type BuildFacts, completeProvenance, joinProvenance } from "../../domain/provenance/complete.js";
import type { Provenance } from "../../domain/provenance/schema.js";
import { imageId, imagePackage } from "../../domain/sbom/complete.js";
import { joinSboms } from "../../domain/sbom/join.js";
import type { PlatformSbom, SpdxDocument } from "../../domain/sbom/spdx.js";
import type { Finding } from "../../domain/scan/types.js";
import { type VulnPredicate, vulnPredicate } from "../../domain/scan/vuln-predicate.js";
import type { TestResultPredicate } from "../../domain/tests/predicate.js";
import type { RegistryClient } from "../../provider/registry/client.js";
import { attest } from "../../provider/signing/attest.js";
import type { Signer } from "../../provider/signing/signer.js";
import { pushSmallImage } from "../support/small-image.js";

export const BUILDER = "https://git.example/images/builders/test";
export const SOURCE = "https://git.example/images";

/** What is said of an image, before it is signed. Tests change it. */
export interface Evidence {
  readonly index: { signature: object; sbom: SpdxDocument; provenance: Provenance };
  /** By platform. */
  readonly platforms: Readonly<Record<string, PlatformEvidence>>;
}

export interface PlatformEvidence {
  sbom: SpdxDocument;
  provenance: Provenance;
  scan: VulnPredicate;
  tests: TestResultPredicate;
}

/** An image in a registry, all of whose evidence is attached. */
export interface ProvedImage {
  readonly repository: string;
  readonly digest: string;
  readonly platforms: readonly PlatformManifest[];
}

export interface Making {
  /** `<registry>/<path>`; the last part is the image's name. */
  readonly repository: string;
  /** Makes two images of one name differ. */
  readonly content?: string | Buffer;
  /** Labels of its configuration. Default none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Images that it was made from. */
  readonly materials?: readonly { readonly repository: string; readonly digest: string }[];
  readonly facts?: Partial<BuildFacts>;
  /** Changes what is said before it is signed. */
  readonly change?: (evidence: Evidence) => void;
  /** Whether a statement is attached. Default all. */
  readonly attached?: (kind: PredicateKind, platform: string | undefined) => boolean;
}

/** Pushes a small image of two platforms and attaches its evidence, in the words of those who write it. */
export async function makeImage(client: RegistryClient, signer: Signer, making: Making): Promise<ProvedImage> {
  const { repository, content = repository, attached = () => true } = making;
  const { digest, platforms } = await pushSmallImage(client, repository, content, making.labels);
  const evidence = evidenceOf(making, digest, platforms);
  making.change?.(evidence);
  const subjects = [
    { subject: digest, platform: undefined, said: { ...evidence.index } },
    ...platforms.map((each) => ({
      subject: each.digest,
      platform: each.platform,
      said: { ...evidence.platforms[each.platform] },
    })),
  ];
  for (const { subject, platform, said } of subjects) {
    const statements = Object.entries(said)
      .filter(([kind]) => attached(kind as PredicateKind, platform))
      .map(([kind, predicate]) => statementOf(kind as PredicateKind, subject, predicate));
    if (statements.length > 0) await attest(client, { repository, subject, statements, signer });
  }
  return { repository, digest, platforms };
}

export function statementOf(kind: PredicateKind, subject: string, predicate: unknown): Statement {
  const digest = { sha256: subject.slice("sha256:".length) };
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest }],
    predicateType: predicateTypes[kind],
    predicate,
  };
}

function evidenceOf(making: Making, digest: string, platforms: readonly PlatformManifest[]): Evidence {
  const { repository } = making;
  const sboms = platforms.map((each) => ({ ...each, document: sbomOf(repository, each) })) satisfies PlatformSbom[];
  const facts = factsOf(making, platforms);
  const provenances = platforms.map(({ platform }) => completeProvenance(recordOf(making, platform), platform, facts));
  return {
    index: {
      signature: {},
      sbom: joinSboms({ name: repository, digest, owner: "Example" }, sboms),
      provenance: joinProvenance(provenances as [Provenance, ...Provenance[]]),
    },
    platforms: Object.fromEntries(
      sboms.map(({ platform, document }, index) => [
        platform,
        {
          sbom: document,
          provenance: provenances[index] as Provenance,
          scan: scanOf(hoursAgo(1)),
          tests: { ...passed },
        },
      ]),
    ),
  };
}

function factsOf({ repository, facts = {} }: Making, platforms: readonly PlatformManifest[]): BuildFacts {
  return {
    builderId: BUILDER,
    versions: { buildkit: "v0.31.1" },
    repository: SOURCE,
    revision: { commit: "c".repeat(40), epoch: 1, dirty: false },
    image: repository.slice(repository.lastIndexOf("/") + 1),
    dockerfile: "images/web/Dockerfile",
    buildArgs: { SOURCE_DATE_EPOCH: "1" },
    platforms: platforms.map(({ platform }) => platform),
    secrets: [],
    buildId: "b".repeat(64),
    ...facts,
  };
}

/** BuildKit's own record, as far as it is read. */
function recordOf({ materials = [] }: Making, platform: string): BuildkitProvenance {
  return {
    buildDefinition: {
      externalParameters: { request: { locals: [{ name: "context" }, { name: "dockerfile" }] } },
      resolvedDependencies: materials.map(({ repository, digest }) => ({
        uri: `pkg:docker/${repository.replace(":", "%3A")}?digest=${digest}&platform=${encodeURIComponent(platform)}`,
        digest: { sha256: digest.slice("sha256:".length) },
      })),
    },
    runDetails: {
      metadata: {
        invocationId: "abc",
        startedOn: "2026-01-01T00:00:00Z",
        finishedOn: "2026-01-01T00:01:00Z",
        buildkit_completeness: { request: true, resolvedDependencies: false },
      },
    },
  };
}

function sbomOf(name: string, { platform, digest }: PlatformManifest): SpdxDocument {
  const library = {
    SPDXID: "SPDXRef-Package-libc6",
    name: "libc6",
    versionInfo: `2.41-12 (${platform})`,
    downloadLocation: "NOASSERTION",
  };
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${name}@${digest}`,
    documentNamespace: `https://image-factory.dev/spdx/${digest}`,
    creationInfo: { creators: ["Organization: Example"], created: "2026-01-01T00:00:00Z" },
    packages: [imagePackage({ name, digest, platform, owner: "Example" }), library],
    relationships: [
      {
        spdxElementId: "SPDXRef-DOCUMENT",
        relatedSpdxElement: imageId(digest),
        relationshipType: "DESCRIBES",
      },
    ],
  };
}

const passed: TestResultPredicate = {
  result: "PASSED",
  configuration: [],
  passedTests: ["user: is a number", "commandTests[0]: prints its version"],
  warnedTests: [],
  failedTests: [],
  mode: "native",
};

export const finding: Finding = {
  id: "CVE-2026-1234",
  aliases: [],
  severity: "high",
  package: { name: "libc6", version: "2.41-12", type: "deb" },
  fix: { state: "fixed", versions: ["2.41-13"] },
  scanner: "grype",
};

/** A scan that found nothing. */
export function scanOf(
  finishedOn: string,
  {
    built = finishedOn,
    findings = [],
    expires,
  }: { built?: string; findings?: readonly Finding[]; expires?: string } = {},
): VulnPredicate {
  const reports = [{ scanner: "grype", version: "0.1.0", database: { version: "v6", built }, findings }] as const;
  const suppressed =
    expires === undefined
      ? []
      : [{ finding, by: "exception" as const, reason: "not built", owner: "platform", expires, place: "x:1" }];
  const scan = { status: "scanned", reports, skipped: [], startedOn: finishedOn, finishedOn } as const;
  return vulnPredicate(scan, findings, suppressed);
}

export function unscanned(): VulnPredicate {
  const now = hoursAgo(1);
  return vulnPredicate({ status: "unscanned", reports: [], skipped: [], startedOn: now, finishedOn: now }, [], []);
}

export function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
}

export function dayFromNow(days: number): string {
  return hoursAgo(-24 * days).slice(0, 10);
}
