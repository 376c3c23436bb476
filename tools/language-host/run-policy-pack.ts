import "../lazy-sdk.js";
import { createRequire } from "node:module";
import { join } from "node:path";
import { exitWithParent } from "../exit-with-parent.js";

/**
 * Runs the policy pack in a folder: its module creates a `PolicyPack`, which serves it and prints the port. The SDK's own
 * `run-policy-pack` registers the TypeScript compiler first; ours are compiled.
 */
function main(directory: string): void {
  exitWithParent();
  createRequire(join(directory, "package.json"))(directory);
}

main(process.argv[2] ?? ".");
