import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { loadPipeline } from "../domain/kargo/load-pipeline.js";
import { writeGenerated } from "./check-generated.js";
import { cloudDocs } from "./cloud-docs.js";
import { generatedFiles } from "./generated.js";
import { writePipeline } from "./generated-pipeline.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";

/** `npm run fix`: writes generated text, formats, and fixes what lint can. */
main(async () => {
  for (const path of writeGenerated(projectRoot, [...generatedFiles(), await cloudDocs(projectRoot)]))
    console.log(`wrote ${path}`);
  // What is wrong with its input is for `npm run check` to say.
  const { value: pipeline } = await loadPipeline(projectRoot);
  if (pipeline !== undefined) {
    const { removed, written } = await writePipeline(projectRoot, pipeline);
    for (const path of written) console.log(`wrote ${path}`);
    for (const path of removed) console.log(`removed ${path}`);
  }
  const biome = join(projectRoot, "node_modules", "@biomejs", "biome", "bin", "biome");
  const { status } = spawnSync(process.execPath, [biome, "check", "--write"], { cwd: projectRoot, stdio: "inherit" });
  process.exitCode = status ?? 1;
});
