import { z } from "zod";
import type { Finding } from "../types.js";
import { severityOf } from "./grype.js";

const rule = z.object({
  id: z.string(),
  helpUri: z.string().optional(),
  properties: z
    .object({
      affected_version: z.string().optional(),
      fixed_version: z.string().optional(),
      cvssV3_severity: z.string().optional(),
      purls: z.array(z.string()).default([]),
    })
    .default({ purls: [] }),
});

const sarif = z.object({
  version: z.literal("2.1.0"),
  runs: z.array(
    z.object({
      tool: z.object({ driver: z.object({ version: z.string().optional(), rules: z.array(rule).default([]) }) }),
      results: z.array(z.object({ ruleId: z.string() })).nullish(),
    }),
  ),
});

/** `docker scout cves --format sarif`: a rule for each vulnerability, which names the packages. */
export function parseScout(text: string): { readonly version: string; readonly findings: readonly Finding[] } {
  const { runs } = sarif.parse(JSON.parse(text));
  const findings = runs.flatMap(({ tool, results }) => {
    const found = new Set((results ?? []).map(({ ruleId }) => ruleId));
    return tool.driver.rules.filter(({ id }) => found.has(id)).flatMap(findingsOf);
  });
  return { version: runs[0]?.tool.driver.version ?? "", findings };
}

function findingsOf({ id, helpUri, properties }: z.output<typeof rule>): readonly Finding[] {
  const { fixed_version: fixed = "not fixed", cvssV3_severity: severity = "unknown", purls } = properties;
  return purls.map((purl) => {
    const [, type = "", path = "", version = ""] = /^pkg:([^/]+)\/(.+)@([^?@]+)/.exec(purl) ?? [];
    return {
      id,
      aliases: [],
      severity: severityOf(severity),
      package: { name: nameOf(type, path), version: decodeURIComponent(version), type, purl },
      fix: fixed === "not fixed" ? { state: "not-fixed", versions: [] } : { state: "fixed", versions: [fixed] },
      scanner: "scout",
      ...(helpUri === undefined ? {} : { url: helpUri }),
    };
  });
}

/** A scope belongs to the name of an npm package; other namespaces do not. */
function nameOf(type: string, path: string): string {
  const decoded = decodeURIComponent(path);
  return type === "npm" ? decoded : decoded.slice(decoded.lastIndexOf("/") + 1);
}
