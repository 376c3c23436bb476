import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { writeGenerated } from "./check-generated.js";
import { generatedFiles } from "./generated.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";

/** `npm run fix`: writes generated text, formats, and fixes what lint can. */
main(async () => {
  for (const path of writeGenerated(projectRoot, generatedFiles())) console.log(`wrote ${path}`);
  const biome = join(projectRoot, "node_modules", "@biomejs", "biome", "bin", "biome");
  const { status } = spawnSync(process.execPath, [biome, "check", "--write"], { cwd: projectRoot, stdio: "inherit" });
  process.exitCode = status ?? 1;
});
