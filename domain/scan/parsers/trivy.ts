import { z } from "zod";
import type { DatabaseInfo, Finding, Fix } from "../types.js";
import { severityOf } from "./grype.js";

const vulnerability = z.object({
  VulnerabilityID: z.string(),
  PkgName: z.string(),
  PkgIdentifier: z.object({ PURL: z.string().optional() }).optional(),
  InstalledVersion: z.string().default(""),
  FixedVersion: z.string().optional(),
  Status: z.string().optional(),
  Severity: z.string().default("UNKNOWN"),
  PrimaryURL: z.string().optional(),
});

const report = z.object({
  SchemaVersion: z.literal(2),
  Results: z
    .array(z.object({ Type: z.string().default(""), Vulnerabilities: z.array(vulnerability).nullish() }))
    .nullish(),
});

/** `trivy sbom --format json`. */
export function parseTrivy(text: string): readonly Finding[] {
  const { Results } = report.parse(JSON.parse(text));
  return (Results ?? []).flatMap(({ Type, Vulnerabilities }) =>
    (Vulnerabilities ?? []).map((found) => ({
      id: found.VulnerabilityID,
      aliases: [],
      severity: severityOf(found.Severity),
      package: {
        name: found.PkgName,
        version: found.InstalledVersion,
        type: Type,
        ...(found.PkgIdentifier?.PURL === undefined ? {} : { purl: found.PkgIdentifier.PURL }),
      },
      fix: fixOf(found),
      scanner: "trivy" as const,
      ...(found.PrimaryURL === undefined ? {} : { url: found.PrimaryURL }),
    })),
  );
}

function fixOf({ FixedVersion = "", Status }: z.output<typeof vulnerability>): Fix {
  if (FixedVersion !== "") return { state: "fixed", versions: FixedVersion.split(",").map((it) => it.trim()) };
  if (Status === "will_not_fix" || Status === "end_of_life") return { state: "wont-fix", versions: [] };
  return { state: Status === "unknown" ? "unknown" : "not-fixed", versions: [] };
}

const version = z.object({
  Version: z.string(),
  VulnerabilityDB: z.object({ Version: z.number(), UpdatedAt: z.string() }).optional(),
});

/** `trivy version --format json`. */
export function parseTrivyVersion(text: string): { readonly version: string; readonly database?: DatabaseInfo } {
  const { Version, VulnerabilityDB } = version.parse(JSON.parse(text));
  if (VulnerabilityDB === undefined) return { version: Version };
  const built = `${new Date(VulnerabilityDB.UpdatedAt).toISOString().slice(0, 19)}Z`;
  return { version: Version, database: { version: String(VulnerabilityDB.Version), built } };
}
