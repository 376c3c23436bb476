import { rmSync } from "node:fs";
import { join } from "node:path";
import { main } from "./main.js";
import { cacheDir, defaultDataDir, projectRoot } from "./project.js";
import { stopServices } from "./services/local-services.js";

/** `npm run clean`: back to a fresh clone, but for npm packages and the cache that checkouts share. */
main(async () => {
  await stopServices(defaultDataDir);
  for (const path of [defaultDataDir, join(projectRoot, "docker-bake.hcl"), join(projectRoot, "dist")]) {
    rmSync(path, { recursive: true, force: true });
  }
  console.log(`removed .factory (images, build cache, state) and dist; built tools stay in ${cacheDir}`);
});
