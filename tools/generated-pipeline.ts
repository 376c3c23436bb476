import { rm } from "node:fs/promises";
import { join } from "node:path";
import { loadPipeline, loadStaleFiles, type Pipeline, renderedFiles } from "../domain/kargo/load-pipeline.js";
import type { Problem } from "../domain/problems.js";
import { checkGenerated, writeGenerated } from "./check-generated.js";

/** What differs from what `factory render kargo` would write: missing, changed, and files that nothing makes any more. */
export async function checkPipeline(root: string): Promise<readonly Problem[]> {
  const { value, problems } = await loadPipeline(root);
  if (value === undefined) return problems;
  const files = renderedFiles(value.files, value.settings.path);
  const stale = await loadStaleFiles(root, value.settings.path, files);
  return [
    ...checkGenerated(root, files),
    ...stale.map((file) => ({
      place: { file },
      message: "nothing makes this generated file any more",
      remedy: "npm run fix",
    })),
  ];
}

/** Writes what is missing or differs, removes what nothing makes any more; paths relative to the root. */
export async function writePipeline(
  root: string,
  { files, settings }: Pipeline,
  folder = settings.path,
): Promise<{ readonly rendered: number; readonly written: readonly string[]; readonly removed: readonly string[] }> {
  const rendered = renderedFiles(files, folder);
  const removed = await loadStaleFiles(root, folder, rendered);
  for (const path of removed) await rm(join(root, path));
  return { rendered: rendered.length, written: writeGenerated(root, rendered), removed };
}
