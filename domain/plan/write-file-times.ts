import { lstatSync, lutimesSync } from "node:fs";
import { join, posix } from "node:path";
import { type Problem, ProblemsError } from "../problems.js";
import type { PlannedImage } from "./types.js";

/**
 * Gives files that are older than their image's commit the commit's time. BuildKit's `rewrite-timestamp` only lowers times:
 * without this the machine on which a file was written before it was committed would build another digest than a clone.
 *
 * A changed file has a time after the commit, so two contents never share a time, which BuildKit would take for one.
 * @throws ProblemsError for files whose time may not be changed
 */
export function levelFileTimes(
  root: string,
  plan: { readonly images: readonly Pick<PlannedImage, "node" | "revision" | "contextPaths">[] },
): void {
  const problems: Problem[] = [];
  // Images that share a folder share its revision, too.
  const done = new Set<string>();
  for (const { node, revision, contextPaths } of plan.images) {
    for (const path of [".", ...contextPaths]) {
      const file = posix.join(node.image.directory, path);
      if (done.has(file)) continue;
      done.add(file);
      try {
        raise(join(root, file), revision.epoch);
      } catch (error) {
        problems.push(timeProblem(file, revision.epoch, error));
      }
    }
  }
  if (problems.length > 0) throw new ProblemsError("the times of files", problems);
}

function raise(path: string, epoch: number): void {
  if (lstatSync(path).mtimeMs < epoch * 1000) lutimesSync(path, epoch, epoch);
}

function timeProblem(file: string, epoch: number, error: unknown): Problem {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const message = `its time cannot be set to its commit's, ${new Date(epoch * 1000).toISOString()} (${reason}).`;
  return { place: { file }, message, remedy: "Make the files yours (chown), or build in a clone of your own." };
}
