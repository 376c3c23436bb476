import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checked } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import { type Denial, denialsSchema } from "./denials.js";

export const DENIALS_FILE = "denials.yaml";

/** What `factory recall` denied last; nothing where there is no such file. */
export async function loadDenials(root: string): Promise<Checked<readonly Denial[]>> {
  let text: string;
  try {
    text = await readFile(join(root, DENIALS_FILE), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { value: [], problems: [] };
    throw error;
  }
  const { data, problems } = readYaml(denialsSchema, DENIALS_FILE, text);
  return { value: data?.denials ?? [], problems };
}
