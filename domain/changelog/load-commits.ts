import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { InputCommit } from "./types.js";

const run = promisify(execFile);

/** Where an image's folder stood at two releases. */
export interface FolderRange {
  readonly image: string;
  /** Relative to the root. */
  readonly directory: string;
  /** Full commit; absent where the release before did not have the image. */
  readonly from?: string;
  readonly to: string;
}

/**
 * The commits that touched folders between two releases, newest first, each once.
 *
 * @param root absolute path of the project
 */
export async function loadCommits(
  root: string,
  ranges: readonly FolderRange[],
): Promise<{ readonly commits: readonly InputCommit[]; readonly notes: readonly string[] }> {
  const found = new Map<string, Omit<InputCommit, "images"> & { readonly images: string[] }>();
  const notes: string[] = [];
  for (const { image, directory, from, to } of ranges) {
    if (from === to) continue;
    const between = from === undefined ? ["--max-count=1", to] : [`${from}..${to}`];
    const log = await git(root, ["log", "--format=%H%x00%cI%x00%s", ...between, "--", directory]);
    if (log === undefined) {
      const range = from === undefined ? to : `${from}..${to}`;
      notes.push(`The commits of ${image} are not told: ${range} is not in this clone (git fetch --unshallow).`);
      continue;
    }
    for (const line of log.split("\n").filter((text) => text !== "")) {
      const [commit = "", time = "", subject = ""] = line.split("\0");
      const known = found.get(commit);
      if (known === undefined)
        found.set(commit, { commit, time: new Date(time).toISOString(), subject, images: [image] });
      else known.images.push(image);
    }
  }
  const commits = [...found.values()].sort((left, right) => (left.time < right.time ? 1 : -1));
  return { commits, notes };
}

/** @returns undefined where git cannot say: a commit that the clone does not have, or no clone at all */
async function git(root: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const options = ["-c", "log.showSignature=false"];
    return (await run("git", [...options, ...args], { cwd: root, maxBuffer: 1 << 26 })).stdout;
  } catch {
    return undefined;
  }
}
