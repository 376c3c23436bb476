import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checked } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { recallsSchema } from "./schema.js";
import type { Recall } from "./types.js";

export const RECALLS_FILE = "recalls.yaml";

/** What is recalled, by `recalls.yaml` at the root; nothing where there is no such file. */
export async function loadRecalls(root: string): Promise<Checked<readonly Recall[]>> {
  let text: string;
  try {
    text = await readFile(join(root, RECALLS_FILE), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { value: [], problems: [] };
    throw error;
  }
  const { data, problems } = readYaml(recallsSchema, RECALLS_FILE, text);
  return { value: data?.recalls ?? [], problems };
}
