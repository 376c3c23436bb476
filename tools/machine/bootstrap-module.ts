import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../project.js";

/**
 * Loads `tools/bootstrap/<name>.mjs`. The bootstrap runs before anything is compiled and so is plain JavaScript; what
 * compiled code needs of it, it takes from there instead of having it twice.
 */
export function bootstrapModule(name: string): Promise<unknown> {
  return import(pathToFileURL(join(projectRoot, "tools", "bootstrap", `${name}.mjs`)).href);
}
