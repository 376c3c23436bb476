import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { TestServices } from "../test/support/with-services.js";

const run = promisify(execFile);

/** The environment in which stock syft and grype read the test registry, with this database and asking nobody for another. */
export async function stockEnvironment({ dataDir, env }: TestServices, database: string): Promise<NodeJS.ProcessEnv> {
  const stock = {
    ...process.env,
    ...env,
    GRYPE_DB_CACHE_DIR: path.join(dataDir, "grype"),
    GRYPE_DB_AUTO_UPDATE: "false",
    GRYPE_DB_VALIDATE_AGE: "false",
    GRYPE_CHECK_FOR_APP_UPDATE: "false",
    SYFT_REGISTRY_INSECURE_USE_HTTP: "true",
    SYFT_CHECK_FOR_APP_UPDATE: "false",
  };
  await run("grype", ["db", "import", database], { env: stock });
  return stock;
}
