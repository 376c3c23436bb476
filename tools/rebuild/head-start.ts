import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildPlan } from "../../domain/plan/types.js";
import { type BakeInputs, renderBake } from "../../domain/render/bake.js";
import type { Workspace } from "../engine/workspace.js";

/** Images at a time. The engine comes to the first ones first; more would only compete with it. */
const MOST = 4;

/** The images that can be built before the engine says so: in the order of the plan, and without a secret. */
export function aheadOf({ images }: Pick<BuildPlan, "images">, ready: ReadonlySet<string>): BuildPlan["images"] {
  return images.filter(({ id, node }) => ready.has(id) && node.image.secrets.length === 0).slice(0, MOST);
}

/**
 * Has BuildKit begin with the first images of a run while Pulumi starts: the same builds, without an export, so that nothing
 * but the builder's cache knows of them. The engine asks for them a second later, joins what still runs and takes what is done.
 * Whatever goes wrong here goes wrong there again, where somebody hears of it.
 *
 * @param plan what the engine will build; its generated Dockerfiles are written
 * @returns when that is over, however it ended
 */
export async function startAhead(
  { dataDir, env, root }: Pick<Workspace, "dataDir" | "env" | "root">,
  plan: BuildPlan,
  ready: ReadonlySet<string>,
  inputs: BakeInputs,
): Promise<void> {
  const images = aheadOf(plan, ready);
  if (images.length === 0) return;
  const file = join(dataDir, "ahead.hcl");
  writeFileSync(file, renderBake({ ...plan, images }, inputs));
  const args = ["bake", "--file", file, "--allow", "fs=*", "--set", "*.output=type=cacheonly", "--progress", "quiet"];
  const child = spawn("buildx", args, { cwd: root, env, stdio: "ignore" });
  await new Promise<void>((resolve) => child.on("error", () => resolve()).on("close", () => resolve()));
}
