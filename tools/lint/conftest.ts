import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Problem } from "../../domain/problems.js";
import { placeOf } from "../../domain/yaml/document.js";
import { parseYaml } from "../../domain/yaml/parse.js";
import { run } from "../machine/run.js";
import { projectRoot } from "../project.js";
import { linterError, linterOutput } from "./linter-error.js";
import type { YamlFiles } from "./yaml-files.js";

/** What a rule in `policy/` answers: `path` are keys and indices from the file's root to what is wrong. */
const failureSchema = z.object({
  msg: z.string(),
  metadata: z.object({ path: z.array(z.union([z.string(), z.int()])), remedy: z.string() }),
});

const resultsSchema = z.array(z.object({ filename: z.string(), failures: z.array(failureSchema).default([]) }));

type Failure = z.output<typeof failureSchema>;

/** Rules and their tests: a package for each kind of file. */
const policies = join(projectRoot, "policy");

/** What the rules in `policy/` say against YAML files, whose paths are relative to `root`. */
export async function conftest(program: string, root: string, files: YamlFiles): Promise<readonly Problem[]> {
  const problems = [...files].map(async ([kind, paths]) => {
    const args = ["test", "--policy", policies, "--namespace", kind, "--parser", "yaml", "--output", "json", ...paths];
    const result = await run(program, args, { cwd: root });
    if (result.code > 1) throw linterError("conftest", result);
    const results = resultsSchema.parse(linterOutput("conftest", result));
    return results.flatMap(({ filename, failures }) => problemsOf(kind, root, filename, failures));
  });
  return (await Promise.all(problems)).flat();
}

/** conftest knows no lines: they come from the file. */
function problemsOf(kind: string, root: string, file: string, failures: readonly Failure[]): readonly Problem[] {
  if (failures.length === 0) return [];
  const { value: document } = parseYaml(file, readFileSync(join(root, file), "utf8"));
  return failures.map(({ msg, metadata: { path, remedy } }) => ({
    place: placeOf(document ?? { file, value: undefined }, path),
    message: `${msg}.`,
    rule: `policy/${kind}.rego`,
    remedy,
  }));
}
