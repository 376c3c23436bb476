import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { ScanSettings } from "../../domain/settings/scan.js";
import { scanSettingsSchema } from "../../domain/settings/scan.js";
import { projectRoot } from "../../tools/project.js";

export const advisories = join(projectRoot, "test/scan/advisories");

/** When the database of the tests was built, and a day later. */
export const built = "2026-11-20T00:00:00Z";
export const nextDay = () => new Date("2026-11-21T00:00:00Z");

/** Builds the database of the planted advisories with `factory-scan` on PATH. */
export function buildDatabase(output: string, input = advisories): { readonly checksum: string } {
  const args = ["advisories", "--input", input, "--output", output, "--built", built];
  return JSON.parse(execFileSync("factory-scan", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
}

/** The SBOM of our base, as it was once made. */
export function baseSbom(): SpdxDocument {
  return JSON.parse(readFileSync(join(projectRoot, "test/fixtures/sbom/debian-13.spdx.json"), "utf8"));
}

/** The base's SBOM with a package more. */
export function withPackage(name: string, versionInfo: string, purl: string): SpdxDocument {
  const base = baseSbom();
  const SPDXID = `SPDXRef-Package-${name}`;
  const externalRefs = [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }];
  const [image] = base.documentDescribes ?? [base.packages[0]?.SPDXID ?? ""];
  return {
    ...base,
    packages: [...base.packages, { SPDXID, name, versionInfo, downloadLocation: "NOASSERTION", externalRefs }],
    relationships: [
      ...base.relationships,
      { spdxElementId: image ?? "", relatedSpdxElement: SPDXID, relationshipType: "CONTAINS" },
    ],
  };
}

export function scanSettings(changes: Readonly<Record<string, unknown>> = {}): ScanSettings {
  return scanSettingsSchema.parse(changes);
}
