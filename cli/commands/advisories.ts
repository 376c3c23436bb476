import { run } from "../../tools/machine/run.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";
import type { RegisterCommand } from "../command.js";

interface BuildOptions {
  readonly output: string;
  readonly built?: string;
}

interface Summary {
  readonly advisories: number;
  readonly packages: number;
  readonly withdrawn: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly built: string;
  readonly checksum: string;
}

/** `factory advisories build DIR --output FILE`. */
export const registerAdvisories: RegisterCommand = (program) => {
  const group = program.command("advisories").description("databases of known vulnerabilities of our own");
  const command = group
    .command("build")
    .description("build a database for grype from advisories in OSV format, and the listing to serve it from")
    .argument("<directory>", "folder of advisories (*.json), read with all below it")
    .requiredOption("--output <file>", "archive to write, e.g. advisories.tar.gz; latest.json is written beside it")
    .option("--built <time>", "build time that the database gets (RFC 3339); default: now")
    .action(async (directory: string, { output, built }: BuildOptions) => {
      const time = new Date(built ?? Date.now());
      if (Number.isNaN(time.getTime())) command.error(`error: "${built}" is no time, e.g. 2026-01-31T12:00:00Z`);
      const scanner = (await ensureToolchain(["factory-scan"])).program("factory-scan");
      const args = ["advisories", "--input", directory, "--output", output, "--built", time.toISOString()];
      const { code, stdout, stderr } = await run(scanner, args);
      if (code !== 0) {
        process.stderr.write(`no database was built: ${stderr}`);
        process.exitCode = 1;
        return;
      }
      console.log(describe(JSON.parse(stdout), output));
    });
};

function describe({ advisories, packages, withdrawn, skipped, built, checksum }: Summary, output: string): string {
  const lines = [`${output}: ${advisories} advisories on ${packages} packages, built ${built}`, `  ${checksum}`];
  if (withdrawn > 0) lines.push(`  left out: ${withdrawn} withdrawn`);
  const unknown = Object.entries(skipped).map(([name, count]) => `${name} (${count})`);
  if (unknown.length > 0) lines.push(`  left out, for ecosystems that are not known: ${unknown.sort().join(", ")}`);
  lines.push(`  use it: factory:scan: { database: ${output} }`);
  return lines.join("\n");
}
