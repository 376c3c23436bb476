import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { formatFindings } from "./doctor/finding.js";
import { findings } from "./doctor/findings.js";
import { main } from "./main.js";
import { cacheDir, defaultDataDir, projectRoot } from "./project.js";

const DEFAULT_PORT = 5000;

/** `npm run doctor [-- --json]`: what is there, what the next command will do, and what only a person can do. */
main(async () => {
  const found = await findings(defaultDataDir, registryPort());
  const missing = found.filter(({ state }) => state === "missing");
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ data: defaultDataDir, cache: cacheDir, findings: found }, null, 2));
  } else {
    console.log(formatFindings(found));
    console.log(
      missing.length === 0 ? "\nnothing is missing" : `\n${missing.length} to be done by you, marked missing`,
    );
  }
  if (missing.length > 0) process.exitCode = 1;
});

/** Of the stack `local`; the default where its file does not say or cannot be read: that is for `npm run up` to tell. */
function registryPort(): number {
  try {
    const file = load(readFileSync(join(projectRoot, "Pulumi.local.yaml"), "utf8"));
    const { config } = file as { config: Record<string, unknown> };
    return Number(/:(\d+)/.exec(String(config["factory:registry"]))?.[1] ?? DEFAULT_PORT);
  } catch {
    return DEFAULT_PORT;
  }
}
