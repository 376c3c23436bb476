import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checked } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { rollbacksSchema } from "./schema.js";
import type { Rollback } from "./types.js";

export const ROLLBACKS_FILE = "rollbacks.yaml";

/** All rollbacks, by `rollbacks.yaml` at the root; nothing where there is no such file. */
export async function loadRollbacks(root: string): Promise<Checked<readonly Rollback[]>> {
  let text: string;
  try {
    text = await readFile(join(root, ROLLBACKS_FILE), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { value: [], problems: [] };
    throw error;
  }
  const { data, problems } = readYaml(rollbacksSchema, ROLLBACKS_FILE, text);
  return { value: data?.rollbacks ?? [], problems };
}
