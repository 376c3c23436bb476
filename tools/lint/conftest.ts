import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Problem } from "../../domain/problems.js";
import { placeOf, type YamlDocument } from "../../domain/yaml/document.js";
import { parseYaml } from "../../domain/yaml/parse.js";
import { run } from "../machine/run.js";
import { projectRoot } from "../project.js";
import { linterError, linterOutput } from "./linter-error.js";
import type { YamlFiles, YamlKind } from "./yaml-files.js";

/** What a rule in `policy/` answers: `path` are keys and indices from the file's root to what is wrong. */
const failureSchema = z.object({
  msg: z.string(),
  metadata: z.object({ path: z.array(z.union([z.string(), z.int()])), remedy: z.string() }),
});

const resultsSchema = z.array(z.object({ filename: z.string(), failures: z.array(failureSchema).default([]) }));

/** Rules and their tests: a package for each kind of file. */
const policies = join(projectRoot, "policy");

/** What the rules in `policy/` say against YAML files, whose paths are relative to `root`; for what is no YAML, that. */
export async function conftest(program: string, root: string, files: YamlFiles): Promise<readonly Problem[]> {
  const problems = [...files].map(async ([kind, paths]) => {
    const parsed = paths.map((path) => parseYaml(path, readFileSync(join(root, path), "utf8")));
    const documents = parsed.flatMap(({ value }) => value ?? []);
    const failures = documents.length === 0 ? [] : await judge(program, root, kind, documents);
    return [...parsed.flatMap((each) => each.problems), ...failures];
  });
  return (await Promise.all(problems)).flat();
}

async function judge(
  program: string,
  root: string,
  kind: YamlKind,
  documents: readonly YamlDocument[],
): Promise<readonly Problem[]> {
  const options = ["--policy", policies, "--namespace", kind, "--parser", "yaml", "--output", "json"];
  const result = await run(program, ["test", ...options, ...documents.map(({ file }) => file)], { cwd: root });
  if (result.code > 1) throw linterError("conftest", result);
  const results = resultsSchema.parse(linterOutput("conftest", result));
  const byFile = new Map(documents.map((document) => [document.file, document]));
  return results.flatMap(({ filename: file, failures }) =>
    failures.map(({ msg, metadata: { path, remedy } }) => ({
      // conftest knows no lines: they come from the file.
      place: placeOf(byFile.get(file) ?? { file, value: undefined }, path),
      message: `${msg}.`,
      rule: `policy/${kind}.rego`,
      remedy,
    })),
  );
}
