import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { Platform } from "../../domain/catalogue/types.js";
import { runnerName } from "../../domain/tests/test-build.js";

/**
 * The folder on PATH with the programs that run tests in images. All lie in one, which is sent to a builder once.
 *
 * @throws Error where one that is needed is missing
 */
export function runnersFolder(platforms: readonly Platform[]): string {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const names = platforms.map(runnerName);
  const folder = folders.find((candidate) => isExecutable(path.join(candidate, "image-test-linux-amd64")));
  const missing = names.filter((name) => folder === undefined || !isExecutable(path.join(folder, name)));
  if (folder === undefined || missing.length > 0) {
    const remedy =
      "Run `npm run up`, which builds those of linux/amd64 and linux/arm64; tests run on no other platform yet.";
    throw new Error(`there is no ${missing.join(", no ")} on PATH: images cannot be tested. ${remedy}`);
  }
  return folder;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
