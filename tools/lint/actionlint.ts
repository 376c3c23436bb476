import { z } from "zod";
import type { Problem } from "../../domain/problems.js";
import { run } from "../machine/run.js";
import { linterError, linterOutput } from "./linter-error.js";

const findingsSchema = z.array(
  z.object({ message: z.string(), filepath: z.string(), line: z.int(), kind: z.string() }),
);

/**
 * actionlint's findings of workflows of GitHub Actions, whose paths are relative to `root`: syntax, types of expressions,
 * inputs of actions. ShellCheck and pyflakes are left out, which it would take from PATH: the same everywhere is worth more.
 */
export async function actionlint(
  program: string,
  root: string,
  workflows: readonly string[],
): Promise<readonly Problem[]> {
  if (workflows.length === 0) return [];
  const args = ["-shellcheck=", "-pyflakes=", "-format", "{{json .}}", ...workflows];
  const result = await run(program, args, { cwd: root });
  if (result.code > 1) throw linterError("actionlint", result);
  return findingsSchema.parse(linterOutput("actionlint", result)).map(({ message, filepath, line, kind }) => ({
    place: { file: filepath, line },
    message: `${message}.`,
    rule: kind,
    remedy: "Correct it: https://github.com/rhysd/actionlint/blob/v1.7.12/docs/checks.md",
  }));
}
