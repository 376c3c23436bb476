import { accessSync, constants, mkdirSync, statfsSync } from "node:fs";
import { machineError } from "../machine/machine-problem.js";

const NEEDED_BYTES = 1 << 30;

/** Makes the folder that services keep their data in, and refuses one in which they could only fail later. */
export function prepareDataFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    throw machineError(
      dataDir,
      `the data folder cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      "Give your user the right to write there; `npm run clean` removes what another user left.",
    );
  }
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return;
  throw machineError(
    dataDir,
    `the disk has ${Math.floor(free / 2 ** 20)} MiB left; building needs at least ${NEEDED_BYTES / 2 ** 20} MiB`,
    "Make room there; `npm run clean` removes what the factory keeps in this checkout.",
  );
}
