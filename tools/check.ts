import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { formatProblems } from "../domain/problems.js";
import { checkGenerated } from "./check-generated.js";
import { generatedFiles } from "./generated.js";
import { main } from "./main.js";
import { projectRoot } from "./project.js";

/** `npm run check`: types (the bootstrap has compiled), format and lint, generated text. Changes nothing. */
main(async () => {
  const biome = join(projectRoot, "node_modules", "@biomejs", "biome", "bin", "biome");
  const { status } = spawnSync(process.execPath, [biome, "check", "--error-on-warnings"], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  const problems = checkGenerated(projectRoot, generatedFiles());
  if (problems.length > 0) console.error(formatProblems("generated text", problems));
  if (status !== 0 || problems.length > 0) process.exitCode = 1;
});
