import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadImageGraph } from "../graph/load.js";
import type { BuildPlan } from "../plan/types.js";
import { type Checked, ProblemsError } from "../problems.js";
import { loadProject, type Project } from "../project/load.js";
import type { Settings } from "../settings/types.js";

const run = promisify(execFile);

/** What a stack would build of a revision if it left nothing out: `only` and `with` say nothing about what a change reaches. */
export async function loadWholeProject(root: string, settings: Settings, today: string): Promise<Checked<Project>> {
  const { value } = await loadImageGraph(root, settings);
  const names = [...new Set(value.graph.nodes.map(({ image }) => image.name))];
  return loadProject(root, { ...settings, with: names, only: [] }, today);
}

/**
 * The plan at the commit at which HEAD left a branch, from a working tree of its own. What git does not keep (a local stack's
 * states and overlay locks) is the same in both. What was wrong with that commit is no problem of now: its images are left out.
 */
export async function loadPlanAt(root: string, ref: string, settings: Settings, today: string): Promise<BuildPlan> {
  const [prefix, commit] = await Promise.all([
    git(root, "rev-parse", "--show-prefix"),
    git(root, "merge-base", `${ref}^{commit}`, "HEAD"),
  ]).catch((error: unknown) => {
    throw notThere(ref, error);
  });
  const folder = await mkdtemp(join(tmpdir(), "factory-impact-"));
  const tree = join(folder, "tree");
  try {
    await git(root, "worktree", "add", "--quiet", "--detach", tree, commit);
    const project = join(tree, prefix);
    for (const path of [settings.state, ...(settings.development ? [".factory/locks"] : [])]) {
      if ((await isThere(join(root, path))) && !(await isThere(join(project, path)))) {
        await cp(join(root, path), join(project, path), { recursive: true });
      }
    }
    return (await loadWholeProject(project, settings, today)).value.plan;
  } finally {
    await run("git", ["worktree", "remove", "--force", tree], { cwd: root }).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function git(root: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", [...args], { cwd: root });
  return stdout.trim();
}

function notThere(ref: string, error: unknown): ProblemsError {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n")[0] : String(error);
  const message = `git knows no commit that "${ref}" and HEAD have in common (${said || "no such history"}).`;
  const remedy = "Name a branch, tag or commit of this clone; in a shallow clone type first: git fetch --unshallow";
  return new ProblemsError("the command", [{ place: { file: "factory impact --from" }, message, remedy }]);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
