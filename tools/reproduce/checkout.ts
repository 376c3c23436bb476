import { join } from "node:path";
import { ProblemsError } from "../../domain/problems.js";
import { run } from "../machine/run.js";

// Not what this machine's user has set up for checkouts: it would change files.
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.autocrlf=false",
  "core.fsmonitor=false",
  "advice.detachedHead=false",
];
const OPTIONS = SETTINGS.flatMap((setting) => ["-c", setting]);

/**
 * A commit of a project in a folder of its own, with nothing in it that is not committed.
 *
 * @param project absolute path of a clone, or of the project's folder in one
 * @param folder must not exist yet
 * @returns absolute path of the project in it
 * @throws ProblemsError where the clone does not have the commit
 */
export async function checkOut(project: string, revision: string, folder: string): Promise<string> {
  const known = await run("git", ["-C", project, "cat-file", "-e", `${revision}^{commit}`]);
  if (known.code !== 0) {
    const message = `commit ${revision} is not in this clone.`;
    const remedy =
      "Fetch it (git fetch --all; git fetch --unshallow in a shallow clone), or reproduce in a clone that has it.";
    throw new ProblemsError("the recorded source", [{ place: { file: project }, message, remedy }]);
  }
  const place = await git("-C", project, "rev-parse", "--show-toplevel", "--show-prefix");
  const [clone = "", prefix = ""] = place.split("\n");
  // Local: also what no branch leads to, such as the commits before a rebase.
  await git(...OPTIONS, "clone", "--quiet", "--local", "--no-checkout", "--no-tags", clone, folder);
  await git("-C", folder, ...OPTIONS, "checkout", "--quiet", "--detach", revision);
  return join(folder, prefix);
}

async function git(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run("git", args);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.trim()}`);
  return stdout;
}
