import type { PlatformManifest } from "../../domain/evidence/types.js";
import { joinSboms } from "../../domain/sbom/join.js";
import { checkNtia } from "../../domain/sbom/ntia.js";
import type { PlatformSbom } from "../../domain/sbom/spdx.js";
import { purlOf } from "../../domain/sbom/supplier.js";
import { judgeScan } from "../../domain/scan/judge.js";
import { renderSarif } from "../../domain/scan/render-sarif.js";
import { renderScanTable } from "../../domain/scan/render-table.js";
import { withSince } from "../../domain/scan/since.js";
import { purlName } from "../../domain/scan/vex.js";
import { countsOf, type VulnPredicate } from "../../domain/scan/vuln-predicate.js";
import { makeSbom } from "../sbom/make-sbom.js";
import { scanSboms } from "../scan/scan-sboms.js";
import type { Part, PartRequest, Predicate } from "./part.js";

/** An SBOM of every platform and of the index, and what scanners find in them. The image itself is read once. */
export async function scanPart(request: PartRequest): Promise<Part> {
  const { image, inputs, stored } = request;
  const { owner, scan: rules } = inputs;
  const sboms = await Promise.all(image.platforms.map((manifest) => sbomOf(manifest, request)));
  const joined = joinSboms({ name: releasedName(inputs), digest: image.digest, owner }, sboms);

  const scans = await scanSboms({
    sboms: sboms.map(({ digest, document }) => ({ key: digest, document })),
    settings: rules.settings,
    root: request.root,
    development: rules.development,
    now: () => new Date(),
    signal: request.signal,
  });
  const today = new Date().toISOString().slice(0, 10);
  const judged = sboms.flatMap(({ platform, digest }) => {
    const scan = scans.get(digest);
    if (scan === undefined) return [];
    const { policy, exceptions, vex } = rules;
    const judgement = judgeScan({ image: inputs.name, platform, digest, scan, policy, exceptions, vex, today });
    const before = stored.get(digest)?.find(({ kind }) => kind === "scan")?.statement.predicate;
    const predicate = withSince(judgement.predicate, before as VulnPredicate | undefined);
    return [{ platform, digest, scan, judgement, predicate }];
  });

  const predicates: Predicate[] = [
    ...sboms.map(({ digest, document }) => ({ kind: "sbom" as const, subject: digest, predicate: document })),
    { kind: "sbom", subject: image.digest, predicate: joined },
    ...judged.map(({ digest, predicate }) => ({ kind: "scan" as const, subject: digest, predicate })),
  ];
  const scanned = judged.map(({ platform, scan, judgement: { suppressed } }) => {
    return { platform, dockerfile: inputs.build.dockerfile, scan, suppressed };
  });
  const findings = judged.flatMap(({ predicate }) => predicate.scanner.result.findings);
  return {
    predicates,
    failures: [
      ...sboms.flatMap(({ platform, document }) => checkNtia(document, platform)),
      ...checkNtia(joined),
      ...judged.flatMap(({ judgement }) => judgement.failures),
    ],
    warnings: judged.flatMap(({ judgement }) => judgement.warnings),
    measures: {
      platforms: judged.map(({ platform, scan, judgement, predicate }) => ({
        platform,
        scan: {
          status: scan.status,
          passed: judgement.failures.length === 0,
          scanners: [
            ...scan.reports.map(({ scanner }) => ({ scanner, status: "scanned" as const })),
            ...scan.skipped.map(({ scanner }) => ({ scanner, status: "skipped" as const })),
          ],
          vulnerabilities: predicate.scanner.result.counts,
        },
      })),
    },
    summary: judged.some(({ scan }) => scan.status === "unscanned") ? "unscanned" : summaryOf(countsOf(findings)),
    packages: joined.packages
      .map(purlOf)
      .filter((purl) => purl !== "")
      .map(purlName),
    reports: new Map([
      ["scan.sarif", renderSarif(scanned)],
      ["scan.txt", renderScanTable(scanned)],
      ["scan.json", `${JSON.stringify(scanned, undefined, 2)}\n`],
      ["sbom.spdx.json", `${JSON.stringify(joined)}\n`],
    ]),
  };
}

async function sbomOf(manifest: PlatformManifest, { image, inputs, signal }: PartRequest): Promise<PlatformSbom> {
  const { platform, digest } = manifest;
  const { insecureRegistry: insecure, owner, suppliers } = inputs;
  const name = releasedName(inputs);
  const document = await makeSbom({ repository: image.repository, name, manifest, owner, suppliers, insecure, signal });
  return { platform, digest, document };
}

function releasedName({ registry, name }: PartRequest["inputs"]): string {
  return `${registry}/${name}`;
}

function summaryOf(counts: ReturnType<typeof countsOf>): string {
  const severe = (["critical", "high"] as const).filter((severity) => counts[severity] > 0);
  return severe.length === 0 ? "0 high" : severe.map((severity) => `${counts[severity]} ${severity}`).join(", ");
}
