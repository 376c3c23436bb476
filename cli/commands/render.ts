import { relative, resolve } from "node:path";
import { Argument } from "commander";
import { loadExistingPipeline } from "../../domain/kargo/load-pipeline.js";
import { kargoFile } from "../../domain/kargo/settings.js";
import { writePipeline } from "../../tools/generated-pipeline.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

/** `factory render`. */
export const registerRender: RegisterCommand = (program) => {
  program
    .command("render")
    .description(`write the documents of the Kargo pipeline, from ${kargoFile}, images.yaml and the Dockerfiles`)
    .addArgument(new Argument("<what>", "what to render").choices(["kargo"]))
    .option("--out <folder>", `where to; default: path in ${kargoFile}`)
    .action(async (_what: string, { out }: { readonly out?: string }) => {
      const pipeline = await loadExistingPipeline(projectRoot);
      const folder = out === undefined ? pipeline.settings.path : relative(projectRoot, resolve(out));
      const { rendered, removed, written } = await writePipeline(projectRoot, pipeline, folder);
      console.log(`${rendered} files in ${folder}: ${written.length} written, ${removed.length} removed`);
    });
};
