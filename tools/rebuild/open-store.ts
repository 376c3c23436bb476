import type { Settings } from "../../domain/settings/types.js";
import { machineError } from "../machine/machine-problem.js";
import { run } from "../machine/run.js";
import { FolderStore } from "./folder-store.js";
import { GitStore } from "./git-store.js";
import type { StateStore } from "./state-store.js";

/** The states of a stack: a plain folder, or a clone of the branch that `factory:stateBranch` names, of git's remote `origin`. */
export async function openStateStore(
  root: string,
  { state, stateBranch, stack }: Pick<Settings, "state" | "stateBranch" | "stack">,
): Promise<StateStore> {
  if (stateBranch === undefined) return new FolderStore(root, state);
  const { code, stdout } = await run("git", ["-C", root, "remote", "get-url", "origin"]);
  if (code === 0) return new GitStore(root, state, stdout.trim(), stateBranch);
  const remedy = `Add it (git remote add origin ADDRESS), or remove factory:stateBranch from Pulumi.${stack}.yaml.`;
  throw machineError(root, `the states lie on the branch ${stateBranch}, but git has no remote "origin"`, remedy);
}
