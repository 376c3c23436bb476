import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { Denial } from "./denials.js";
import { RECALLS_FILE } from "./load.js";
import { DENIALS_FILE } from "./load-denials.js";
import type { Recall } from "./types.js";

const RECALLS =
  "# What nothing may consume any more. Removing a line, and nothing else, allows it again: then type factory recall.\n";
const DENIALS =
  "# Written by `factory recall` from recalls.yaml and the states; commit it. Policies deny what stands here.\n";

export function writeRecalls(root: string, recalls: readonly Recall[]): Promise<void> {
  return replace(join(root, RECALLS_FILE), RECALLS + dump({ recalls }, { lineWidth: -1, noRefs: true }));
}

export function writeDenials(root: string, denials: readonly Denial[]): Promise<void> {
  return replace(join(root, DENIALS_FILE), DENIALS + dump({ denials }, { lineWidth: -1, noRefs: true }));
}

/** A reader, or a crash, sees the old text or the new one. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
