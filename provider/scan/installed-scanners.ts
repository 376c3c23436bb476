import { parseScout } from "../../domain/scan/parsers/scout.js";
import { parseSnyk } from "../../domain/scan/parsers/snyk.js";
import { parseTrivy, parseTrivyVersion } from "../../domain/scan/parsers/trivy.js";
import { lastLine, type ProgramResult, runProgram } from "./program.js";
import { ScanError } from "./scan-error.js";
import { type Scanner, scanEach } from "./scanner.js";

/** Trivy, with a database of its own (https://trivy.dev/latest/docs/target/sbom/). */
export const trivy: Scanner = {
  name: "trivy",
  async scan(sboms, signal) {
    const findings = await scanEach(sboms, async (path) => {
      const args = ["sbom", "--quiet", "--format", "json", "--scanners", "vuln", path];
      return parsed("trivy", await runProgram("trivy", args, signal), [0], parseTrivy);
    });
    // Asked afterwards: the first scan fetches the database.
    const asked = await runProgram("trivy", ["version", "--format", "json"], signal);
    return { ...parsed("trivy", asked, [0], parseTrivyVersion), findings };
  },
};

/** Snyk, which asks its service and needs SNYK_TOKEN (https://docs.snyk.io/developer-tools/snyk-cli/commands/sbom-test). */
export const snyk: Scanner = {
  name: "snyk",
  async scan(sboms, signal) {
    const asked = await runProgram("snyk", ["--version"], signal);
    // 1: done, and something was found. 2 and more: it did not work.
    const findings = await scanEach(sboms, async (path) =>
      parsed("snyk", await runProgram("snyk", ["sbom", "test", `--file=${path}`, "--json"], signal), [0, 1], parseSnyk),
    );
    return { version: asked.stdout.split(" ")[0]?.trim() ?? "", findings };
  },
};

/** Docker Scout, which asks its service and needs `docker login` (https://docs.docker.com/reference/cli/docker/scout/cves/). */
export const scout: Scanner = {
  name: "scout",
  async scan(sboms, signal) {
    let version = "";
    const findings = await scanEach(sboms, async (path) => {
      const args = ["scout", "cves", "--format", "sarif", `sbom://${path}`];
      const found = parsed("docker scout", await runProgram("docker", args, signal), [0], parseScout);
      version = found.version;
      return found.findings;
    });
    return { version, findings };
  },
};

/** A scanner's output, unless it failed or wrote something else. */
export function parsed<T>(
  scanner: string,
  result: ProgramResult,
  good: readonly number[],
  parse: (text: string) => T,
): T {
  const remedy = "Run it by hand to see more, or turn it off in factory:scan.";
  if (!good.includes(result.code)) {
    const message = `${scanner} failed (${result.code}): ${lastLine(result)}.`;
    throw new ScanError("scanner-failed", message, remedy);
  }
  try {
    return parse(result.stdout);
  } catch {
    const start = result.stdout.slice(0, 80).split("\n")[0] ?? "";
    const message = `${scanner} wrote what we do not understand: ${JSON.stringify(start)}.`;
    throw new ScanError("scanner-failed", message, remedy);
  }
}
