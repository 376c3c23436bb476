import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { NO_REVISION } from "../../domain/plan/revisions.js";
import type { Revision } from "../../domain/plan/types.js";
import type { PromotedRelease } from "../../domain/promotion/types.js";

const run = promisify(execFile);

/**
 * The images of a releases file, in its order, with the commits that they were built from. One that this checkout does not have,
 * another repository's say, counts as unknown: nobody can tell here when it was made.
 *
 * @param root absolute path of the project
 */
export async function promotedImages(
  root: string,
  releases: readonly Pick<PromotedRelease, "image" | "revision">[],
): Promise<ReadonlyMap<string, Revision>> {
  const epochs = await epochsOf(root, new Set(releases.flatMap(({ revision }) => (revision === "" ? [] : [revision]))));
  return new Map(
    releases.map(({ image, revision: commit }) => {
      const epoch = epochs.get(commit);
      return [image, { ...NO_REVISION, ...(epoch === undefined ? {} : { commit, epoch }), dirty: false }];
    }),
  );
}

/** Seconds since 1970, of those that are there. */
async function epochsOf(root: string, commits: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
  if (commits.size === 0) return new Map();
  const args = ["log", "--no-walk=unsorted", "--ignore-missing", "--format=%H %ct", ...commits, "--"];
  try {
    const { stdout } = await run("git", args, { cwd: root });
    return new Map(
      stdout.split("\n").flatMap((line) => {
        const [commit = "", epoch] = line.split(" ");
        return epoch === undefined ? [] : [[commit, Number(epoch)]];
      }),
    );
  } catch {
    // No repository.
    return new Map();
  }
}
