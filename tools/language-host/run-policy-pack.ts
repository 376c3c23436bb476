import "../lazy-sdk.js";
import { createRequire } from "node:module";
import { join } from "node:path";
import { exitWithParent } from "../exit-with-parent.js";

/** What a process is told that was started before its pack was known. */
export interface PackStart {
  /** Of the process, from the program on; the pack's folder is the first after it. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the policy pack in a folder: its module creates a `PolicyPack`, which serves it and prints the port. The SDK's own
 * `run-policy-pack` registers the TypeScript compiler first; ours are compiled.
 */
function main(directory: string): void {
  createRequire(join(directory, "package.json"))(directory);
}

/** Loads the SDK, and then waits for the pack. */
function wait(): void {
  createRequire(__filename)("@pulumi/policy");
  process.once("message", ({ args, cwd, env }: PackStart) => {
    process.disconnect();
    process.chdir(cwd);
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, env);
    process.argv.splice(1, Number.POSITIVE_INFINITY, ...args);
    main(process.argv[2] ?? ".");
  });
}

exitWithParent();
if (process.send === undefined) main(process.argv[2] ?? ".");
else wait();
