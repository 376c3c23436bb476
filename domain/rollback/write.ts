import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { ROLLBACKS_FILE } from "./load.js";
import type { Rollback } from "./types.js";

const MARKER = "# Written by `factory rollback`; commit it. `factory rollback IMAGE --lift` ends one.\n";

/** Writes `rollbacks.yaml` so that a reader, or a crash, sees the old text or the new one. */
export async function writeRollbacks(root: string, rollbacks: readonly Rollback[]): Promise<void> {
  const path = join(root, ROLLBACKS_FILE);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, MARKER + dump({ rollbacks }, { lineWidth: -1, noRefs: true }), { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
