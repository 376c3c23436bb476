import { z } from "zod";
import { type Severity, severities } from "../../evidence/types.js";
import type { DatabaseInfo, Finding, Fix } from "../types.js";

const header = z.object({
  version: z.string(),
  database: z.object({ schema: z.string(), built: z.string(), checksum: z.string() }),
});

const vulnerability = z.object({
  id: z.string(),
  dataSource: z.string().default(""),
  severity: z.string().default("Unknown"),
  fix: z.object({ versions: z.array(z.string()).nullable(), state: z.string() }).optional(),
});

/** A match of grype's JSON, and so of `factory-scan scan`. */
export const grypeMatchSchema = z.object({
  vulnerability,
  relatedVulnerabilities: z.array(z.object({ id: z.string() })).nullish(),
  artifact: z.object({ name: z.string(), version: z.string(), type: z.string(), purl: z.string().optional() }),
});

const result = z.object({ matches: z.array(grypeMatchSchema) });

export interface GrypeScan {
  readonly version: string;
  readonly database: DatabaseInfo;
  /** Findings of each SBOM, in the order in which they were named. */
  readonly findings: readonly (readonly Finding[])[];
}

/** The lines that `factory-scan scan` writes. @throws an error where they are anything else. */
export function parseGrypeScan(text: string, sboms: number): GrypeScan {
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const { version, database } = header.parse(JSON.parse(first));
  if (lines.length !== sboms) throw new Error(`${lines.length} results for ${sboms} SBOMs`);
  return {
    version,
    database: { version: database.schema, built: database.built, checksum: database.checksum },
    findings: lines.map((line) => result.parse(JSON.parse(line)).matches.map(grypeFinding)),
  };
}

export function grypeFinding(match: z.output<typeof grypeMatchSchema>): Finding {
  const { vulnerability: found, relatedVulnerabilities, artifact } = match;
  const aliases = new Set((relatedVulnerabilities ?? []).map(({ id }) => id));
  aliases.delete(found.id);
  return {
    id: found.id,
    aliases: [...aliases].sort(),
    severity: severityOf(found.severity),
    package: {
      name: artifact.name,
      version: artifact.version,
      type: artifact.type,
      ...(artifact.purl === undefined || artifact.purl === "" ? {} : { purl: artifact.purl }),
    },
    fix: fixOf(found.fix),
    scanner: "grype",
    ...(found.dataSource.startsWith("http") ? { url: found.dataSource } : {}),
  };
}

function fixOf(fix: z.output<typeof vulnerability>["fix"]): Fix {
  const states = ["fixed", "not-fixed", "wont-fix"] as const;
  const state = states.find((it) => it === fix?.state) ?? "unknown";
  return { state, versions: fix?.versions ?? [] };
}

/** A scanner's word for a severity in any case, as ours. */
export function severityOf(word: string): Severity {
  const lower = word.toLowerCase();
  return severities.find((it) => it === lower) ?? (lower === "moderate" ? "medium" : "unknown");
}
