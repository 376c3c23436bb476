import { ProblemsError } from "../../domain/problems.js";
import { run } from "../machine/run.js";

/**
 * A commit of a repository in a folder of its own, with nothing in it that is not committed.
 *
 * @param repository absolute path of a clone
 * @param folder must not exist yet
 * @throws ProblemsError where the clone does not have the commit
 */
export async function checkOut(repository: string, revision: string, folder: string): Promise<void> {
  const known = await run("git", ["-C", repository, "cat-file", "-e", `${revision}^{commit}`]);
  if (known.code !== 0) {
    const message = `commit ${revision} is not in this clone.`;
    const remedy =
      "Fetch it (git fetch --all; git fetch --unshallow in a shallow clone), or reproduce in a clone that has it.";
    throw new ProblemsError("the recorded source", [{ place: { file: repository }, message, remedy }]);
  }
  // Not what this machine's user has set up for checkouts: it would change files.
  const settings = [
    "core.hooksPath=/dev/null",
    "core.autocrlf=false",
    "core.fsmonitor=false",
    "advice.detachedHead=false",
  ];
  const options = settings.flatMap((setting) => ["-c", setting]);
  // Local: also what no branch leads to, such as the commits before a rebase.
  await git(...options, "clone", "--quiet", "--local", "--no-checkout", "--no-tags", repository, folder);
  await git("-C", folder, ...options, "checkout", "--quiet", "--detach", revision);
}

async function git(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await run("git", args);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.trim()}`);
}
