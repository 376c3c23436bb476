import { secretIds } from "../domain/plan/secrets.js";
import { valueOrThrow } from "../domain/problems.js";
import { loadProject } from "../domain/project/load.js";
import { withEngine } from "./engine/claim.js";
import { parseFlags } from "./engine/flags.js";
import { localSettings, openLocalStack } from "./engine/local-stack.js";
import { operate } from "./engine/operate.js";
import { startProgress } from "./engine/progress.js";
import { ensureSecrets } from "./engine/secrets.js";
import { renderTroubles } from "./engine/table.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";

/** `npm run preview`: names the images that the next `npm run up` will build, and changes nothing. */
main(async () => {
  const { json, selection } = parseFlags(process.argv.slice(2));
  const settings = await localSettings(selection);
  const today = new Date().toISOString().slice(0, 10);
  const { plan } = valueOrThrow("the project", await loadProject(projectRoot, settings, today));
  const workspace = await openLocalStack(settings, selection);

  const progress = startProgress(process.stderr, Date.now);
  const tell = (line: string) => progress.line(line);
  try {
    const { exitCode, outcome, troubles } = await withEngine(workspace, tell, () => {
      ensureSecrets(workspace, secretIds(plan), tell);
      return operate(workspace, "preview", [], progress);
    });
    progress.close();
    const build = outcome.images.flatMap(({ id, state }) => (state === "built" ? [id] : []));
    if (json) console.log(JSON.stringify({ build, leftOut: plan.leftOut, problems: troubles }, undefined, 2));
    else console.log(build.length === 0 ? "nothing to build" : `to build:\n${build.map((id) => `  ${id}`).join("\n")}`);
    if (troubles.length > 0 && !json) console.error(`\n${renderTroubles(troubles)}`);
    process.exitCode = exitCode;
  } finally {
    progress.close();
  }
});
