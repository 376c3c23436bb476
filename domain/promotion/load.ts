import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checked } from "../problems.js";
import { readYaml } from "../yaml/check.js";
import type { YamlDocument } from "../yaml/document.js";
import { promotionsSchema } from "./schema.js";
import type { PromotedRelease } from "./types.js";

/** What a stack promotes, and where each entry stands. */
export interface Promotions {
  readonly releases: readonly PromotedRelease[];
  readonly document: YamlDocument;
}

/** @param file relative to the root; without it nothing is promoted, which has to be said by an empty list */
export async function loadPromotions(root: string, file: string): Promise<Checked<Promotions>> {
  let text: string;
  try {
    text = await readFile(join(root, file), "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    const remedy =
      'Write it with `npx factory promote`, or write "releases: []" into it where nothing is promoted yet.';
    const problem = { place: { file }, message: "there is no such file, so nobody knows what is promoted.", remedy };
    return { value: { releases: [], document: { file, value: undefined } }, problems: [problem] };
  }
  const { data, document, problems } = readYaml(promotionsSchema, file, text);
  return { value: { releases: data?.releases ?? [], document }, problems };
}
