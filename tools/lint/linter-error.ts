import { machineError } from "../machine/machine-problem.js";
import type { RunResult } from "../machine/run.js";

/** A linter that did not lint: what it said, and nothing of what it may have found. */
export function linterError(linter: string, { code, stdout, stderr }: RunResult): Error {
  const said = (stderr.trim() || stdout.trim() || "nothing").split("\n").slice(-8).join("\n   | ");
  return machineError(
    linter,
    `ended with code ${code} and said:\n   | ${said}`,
    "Run `npm run doctor`, which shows where it is.",
  );
}

/** What a linter wrote as JSON; throws where it wrote none. */
export function linterOutput(linter: string, result: RunResult): unknown {
  try {
    return JSON.parse(result.stdout);
  } catch {
    throw linterError(linter, result);
  }
}
