import { loadFederation } from "../../domain/federation/load-federation.js";
import { valueOrThrow } from "../../domain/problems.js";
import { renderFederation } from "../../domain/render/federation-text.js";
import { loadSettings } from "../../domain/settings/load.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
  readonly json?: true;
}

/** `factory federation`. What is wrong with another team's catalogue is told, and no failure. */
export const registerFederation: RegisterCommand = (program) => {
  program
    .command("federation")
    .description("the catalogues that images.yaml includes: who builds what, who stands on whom, and who is left out")
    .option("--stack <name>", "whose settings to use", "local")
    .option("--json", "print JSON")
    .action(async ({ json, stack }: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const { federation } = await loadFederation(projectRoot, settings);
      process.stdout.write(json ? `${JSON.stringify(federation, undefined, 2)}\n` : renderFederation(federation));
    });
};
