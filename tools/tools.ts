import { join } from "node:path";
import { main } from "./main.js";
import { projectRoot } from "./project.js";
import { ensureToolchain } from "./toolchain/toolchain.js";
import { toolsForUp } from "./toolchain/tools.js";

/**
 * `npm run -s tools >> "$GITHUB_PATH"`: makes the tools that `up` needs and prints the folders to put on PATH, a line each,
 * so that a job can call the plain Pulumi CLI. Our language host comes last: an official one is found before it.
 */
main(async () => {
  const { pathEntries } = await ensureToolchain(toolsForUp());
  console.log([...new Set([...pathEntries, join(projectRoot, "tools", "bin")])].join("\n"));
});
