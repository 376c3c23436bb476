import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The checkout: this file runs as `<root>/dist/tools/project.js`. In the factory's own image, `FACTORY_PROJECT` names it. */
export const projectRoot = resolve(process.env.FACTORY_PROJECT ?? resolve(__dirname, "../.."));

/** Everything that the factory keeps on this machine for this checkout: services' data, state, logs. */
export const defaultDataDir = join(projectRoot, ".factory");

/** What several checkouts share: built tools, fetched packages. `FACTORY_CACHE` moves it. */
export const cacheDir = resolve(
  process.env.FACTORY_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "image-factory"),
);
