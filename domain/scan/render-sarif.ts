import type { Severity } from "../evidence/types.js";
import type { Suppression } from "./judgement.js";
import type { Finding, SbomScan } from "./types.js";
import { scannerUris } from "./vuln-predicate.js";

/** One platform's scan, for a report. */
export interface ScannedPlatform {
  readonly platform: string;
  /** The image's Dockerfile, relative to the root: what is found is shown there. */
  readonly dockerfile: string;
  readonly scan: SbomScan;
  readonly suppressed: readonly Suppression[];
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  negligible: "note",
  unknown: "note",
};

/** GitHub sorts by this number. */
const scores: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  negligible: "0.0",
  unknown: "0.0",
};

/**
 * SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html): a run for each scanner, a rule for each
 * vulnerability, a result for each package and Dockerfile that has it.
 */
export function renderSarif(platforms: readonly ScannedPlatform[]): string {
  const scanners = [...new Set(platforms.flatMap(({ scan }) => scan.reports.map(({ scanner }) => scanner)))];
  const folder = platforms[0]?.dockerfile.replace(/\/[^/]*$/, "") ?? "";
  const runs = scanners.map((scanner) => {
    const version = platforms.flatMap(({ scan }) => scan.reports).find((it) => it.scanner === scanner)?.version ?? "";
    const results = platforms.flatMap((platform) =>
      platform.scan.reports
        .filter((report) => report.scanner === scanner)
        .flatMap(({ findings }) => findings.map((finding) => ({ finding, platform }))),
    );
    const rules = new Map(results.map(({ finding }) => [finding.id, finding]));
    const ids = [...rules.keys()].sort();
    return {
      // GitHub takes one run of a category only: each image and scanner is one.
      automationDetails: { id: `${folder}/${scanner}/` },
      tool: {
        driver: {
          name: scanner,
          version,
          informationUri: scannerUris[scanner],
          rules: ids.flatMap((id) => ruleOf(rules.get(id))),
        },
      },
      results: results.map(({ finding, platform }) => resultOf(finding, platform, ids.indexOf(finding.id))),
    };
  });
  const document = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function ruleOf(finding: Finding | undefined) {
  if (finding === undefined) return [];
  const { id, aliases, severity, url } = finding;
  return [
    {
      id,
      shortDescription: { text: [id, ...aliases].join(", ") },
      ...(url === undefined ? {} : { helpUri: url }),
      defaultConfiguration: { level: levels[severity] },
      properties: { "security-severity": scores[severity], tags: ["security", severity] },
    },
  ];
}

function resultOf(finding: Finding, { platform, dockerfile, suppressed }: ScannedPlatform, ruleIndex: number) {
  const { id, severity, package: found, fix } = finding;
  const fixed = fix.state === "fixed" ? `fixed in ${fix.versions.join(", ")}` : "not fixed";
  const suppression = suppressed.find((it) => it.finding === finding);
  return {
    ruleId: id,
    ruleIndex,
    level: levels[severity],
    message: { text: `${found.name} ${found.version} (${platform}) has ${id}, ${fixed}.` },
    locations: [{ physicalLocation: { artifactLocation: { uri: dockerfile }, region: { startLine: 1 } } }],
    partialFingerprints: { package: `${id} ${found.purl ?? found.name} ${platform}` },
    ...(suppression === undefined ? {} : { suppressions: [{ kind: "external", justification: suppression.reason }] }),
  };
}
