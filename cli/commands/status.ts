import { valueOrThrow } from "../../domain/problems.js";
import { renderStatus } from "../../domain/render/status-text.js";
import { statusOf } from "../../domain/report/status.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { releasedHere } from "../../tools/rebuild/released.js";
import { survey } from "../../tools/rebuild/survey.js";
import { loadWatchProject } from "../../tools/rebuild/watch-project.js";
import type { RegisterCommand } from "../command.js";

/** `factory status`. Reads only. */
export const registerStatus: RegisterCommand = (program) => {
  program
    .command("status")
    .description("what every image is here, what it means now, and what is about to happen to it")
    .option("--stack <name>", "whose states to read", "local")
    .option("--json", "print JSON")
    .action(async ({ stack, json }: { readonly stack: string; readonly json?: true }) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const project = await loadWatchProject(projectRoot, settings);
      const { graph } = project;
      const known = await (await openStateStore(projectRoot, settings)).read();
      const { states, verdict } = survey(project, known, releasedHere(settings, graph), Date.now());
      const images = statusOf(states, project.fleet, verdict);
      const { nextDue } = verdict;
      if (json) console.log(JSON.stringify({ images, ...(nextDue === undefined ? {} : { nextDue }) }, undefined, 2));
      else process.stdout.write(renderStatus(images, nextDue));
    });
};
