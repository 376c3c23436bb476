import { z } from "zod";
import type { Finding } from "../types.js";
import { severityOf } from "./grype.js";

const vulnerability = z.object({
  id: z.string(),
  packageName: z.string().optional(),
  name: z.string().optional(),
  version: z.string(),
  severity: z.string(),
  identifiers: z.record(z.string(), z.array(z.string())).optional(),
  fixedIn: z.array(z.string()).optional(),
  nearestFixedInVersion: z.string().optional(),
  packageManager: z.string().optional(),
});

const project = z.object({ vulnerabilities: z.array(vulnerability), packageManager: z.string().optional() });

/** `snyk sbom test --json`, in the form of `snyk test --json`: one project, or a list of them. */
export function parseSnyk(text: string): readonly Finding[] {
  const projects = z.union([z.array(project), project.transform((it) => [it])]).parse(JSON.parse(text));
  const findings = projects.flatMap(({ vulnerabilities, packageManager = "" }) =>
    vulnerabilities.map((found): Finding => {
      const versions =
        found.fixedIn ?? (found.nearestFixedInVersion === undefined ? [] : [found.nearestFixedInVersion]);
      return {
        id: found.id,
        aliases: Object.values(found.identifiers ?? {})
          .flat()
          .filter((name) => /^(CVE|GHSA)-/.test(name)),
        severity: severityOf(found.severity),
        package: {
          name: found.packageName ?? found.name ?? "",
          version: found.version,
          type: found.packageManager ?? packageManager,
        },
        fix: { state: versions.length > 0 ? "fixed" : "not-fixed", versions },
        scanner: "snyk",
        url: `https://security.snyk.io/vuln/${found.id}`,
      };
    }),
  );
  // A package that is reached by several paths stands there once for each.
  return [...new Map(findings.map((it) => [`${it.id} ${it.package.name} ${it.package.version}`, it])).values()];
}
