import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { projectRoot } from "../../tools/project.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { reconcile } from "../../tools/rebuild/reconcile.js";
import { releasedHere } from "../../tools/rebuild/released.js";
import { loadWatchProject } from "../../tools/rebuild/watch-project.js";
import type { RegisterCommand } from "../command.js";

/** `factory reconcile`. Exit code 1 where something could not be asked. */
export const registerReconcile: RegisterCommand = (program) => {
  program
    .command("reconcile")
    .description("bring the states up to date from files, registry and upstream, also where they were lost")
    .option("--stack <name>", "whose states and settings to use", "local")
    .action(async ({ stack }: { readonly stack: string }) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const project = await loadWatchProject(projectRoot, settings);
      const { changes, problems } = await reconcile({
        project,
        settings,
        store: await openStateStore(projectRoot, settings),
        released: releasedHere(settings, project.graph),
        keys: settings.evidence ? await loadVerificationKeys(projectRoot, settings) : [],
        now: Date.now(),
      });
      for (const change of changes) console.log(change);
      if (changes.length === 0) console.log("nothing new");
      for (const problem of problems) console.error(problem);
      if (problems.length > 0) process.exitCode = 1;
    });
};
