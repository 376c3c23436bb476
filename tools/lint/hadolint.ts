import { join } from "node:path";
import { z } from "zod";
import type { Problem } from "../../domain/problems.js";
import { run } from "../machine/run.js";
import { projectRoot } from "../project.js";
import { linterOutput } from "./linter-error.js";

/** hadolint's JSON: `code` is a rule of its own (DL...) or of ShellCheck (SC...). */
const findingsSchema = z.array(z.object({ file: z.string(), line: z.int(), code: z.string(), message: z.string() }));

/** hadolint's findings of Dockerfiles, whose paths are relative to `root`. `.hadolint.yaml` says which rules hold. */
export async function hadolint(
  program: string,
  root: string,
  dockerfiles: readonly string[],
): Promise<readonly Problem[]> {
  if (dockerfiles.length === 0) return [];
  const args = ["--config", join(projectRoot, ".hadolint.yaml"), "--format", "json", "--no-fail", ...dockerfiles];
  const result = await run(program, args, { cwd: root });
  return findingsSchema.parse(linterOutput("hadolint", result)).map(({ file, line, code, message }) => ({
    place: { file, line },
    message,
    rule: code,
    remedy: `Correct it, or write "# hadolint ignore=${code}" above the line, with the reason: ${pageOf(code)}`,
  }));
}

function pageOf(code: string): string {
  return code.startsWith("SC")
    ? `https://www.shellcheck.net/wiki/${code}`
    : `https://github.com/hadolint/hadolint/wiki/${code}`;
}
