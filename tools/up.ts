import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secretIds } from "../domain/plan/secrets.js";
import type { BuildPlan } from "../domain/plan/types.js";
import { valueOrThrow } from "../domain/problems.js";
import { loadProject } from "../domain/project/load.js";
import { renderBake } from "../domain/render/bake.js";
import { withEngine } from "./engine/claim.js";
import { parseFlags } from "./engine/flags.js";
import { localSettings, openLocalStack } from "./engine/local-stack.js";
import { operate } from "./engine/operate.js";
import type { Outcome } from "./engine/outcome.js";
import { startProgress } from "./engine/progress.js";
import { ensureSecrets } from "./engine/secrets.js";
import { renderTable, renderTroubles } from "./engine/table.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";

/**
 * `npm run up`: builds what changed, checks it, releases it, and ends with a table of all images. What is wrong with the
 * project's files is told before anything is started.
 */
main(async () => {
  const { json, selection, skipPreview } = parseFlags(process.argv.slice(2));
  const settings = await localSettings(selection);
  const today = new Date().toISOString().slice(0, 10);
  const { plan } = valueOrThrow("the project", await loadProject(projectRoot, settings, today));
  const workspace = await openLocalStack(settings, selection);

  const progress = startProgress(process.stderr, Date.now);
  const tell = (line: string) => progress.line(line);
  try {
    const { exitCode, outcome, troubles } = await withEngine(workspace, tell, () => {
      ensureSecrets(workspace, secretIds(plan), tell);
      return operate(workspace, "up", ["--yes", ...(skipPreview ? ["--skip-preview"] : [])], progress);
    });
    await writeFile(join(projectRoot, "docker-bake.hcl"), bakeFile(plan, settings.registry, outcome));
    progress.close();
    const { images } = outcome;
    const { leftOut } = plan;
    if (json) console.log(JSON.stringify({ images, leftOut, problems: troubles }, undefined, 2));
    else console.log(renderTable(images, leftOut));
    if (troubles.length > 0 && !json) console.error(`\n${renderTroubles(troubles)}`);
    process.exitCode = exitCode;
  } finally {
    progress.close();
  }
});

function bakeFile(plan: BuildPlan, registry: string, { images }: Outcome): string {
  const digests = new Map(images.flatMap(({ id, digest }) => (digest === undefined ? [] : [[id, digest] as const])));
  return renderBake(plan, { registry, digests });
}
