import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from "node:fs";
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
  const found = lackOfRoom(dataDir);
  if (found === undefined) return;
  throw machineError(
    dataDir,
    found,
    "Make room there; `npm run clean` removes what the factory keeps in this checkout.",
  );
}

/** The first of these folders on each disk that has hardly any room left, with how much that is. */
export function fullDisks(folders: readonly string[]): readonly { readonly folder: string; readonly found: string }[] {
  const disks = new Map(
    folders
      .filter((folder) => existsSync(folder))
      .reverse()
      .map((folder) => [statSync(folder).dev, folder]),
  );
  return [...disks.values()].flatMap((folder) => {
    const found = lackOfRoom(folder);
    return found === undefined ? [] : [{ folder, found }];
  });
}

function lackOfRoom(folder: string): string | undefined {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES) return undefined;
  return `the disk has ${Math.floor(free / 2 ** 20)} MiB left; building needs at least ${NEEDED_BYTES / 2 ** 20} MiB`;
}
