import { formatProblems, type Problem } from "../domain/problems.js";
import { loadProject } from "../domain/project/load.js";
import { loadSettings } from "../domain/settings/load.js";
import { checkGenerated } from "./check-generated.js";
import { cloudDocs } from "./cloud-docs.js";
import { STACK } from "./engine/workspace.js";
import { generatedFiles } from "./generated.js";
import { checkPipeline } from "./generated-pipeline.js";
import { lint } from "./lint/lint.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";
import { ensureToolchain } from "./toolchain/toolchain.js";
import { toolsForCheck } from "./toolchain/tools.js";

/**
 * `npm run check`: types (the bootstrap has compiled), the catalogue and its policies, format and lint of sources, Dockerfiles
 * and YAML, generated text. Prints every problem and changes nothing in the project.
 */
main(async () => {
  const toolchain = await ensureToolchain(toolsForCheck());
  const problems = unique([
    ...(await projectProblems()),
    ...(await lint(projectRoot, toolchain)),
    ...checkGenerated(projectRoot, [...generatedFiles(), await cloudDocs(projectRoot)]),
    ...(await checkPipeline(projectRoot)),
  ]);
  if (problems.length === 0) return;
  console.error(formatProblems("the project", problems));
  process.exitCode = 1;
});

/** What `npm run preview` would refuse. */
async function projectProblems(): Promise<readonly Problem[]> {
  const settings = await loadSettings(projectRoot, STACK);
  if (settings.value === undefined) return settings.problems;
  const today = new Date().toISOString().slice(0, 10);
  const { problems } = await loadProject(projectRoot, settings.value, today);
  return [...settings.problems, ...problems];
}

/** What is no YAML is found by everybody who reads it. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
