import { machineError } from "../machine/machine-problem.js";
import { run } from "../machine/run.js";
import type { OperationResult } from "./operate.js";
import { lostSnapshot } from "./remedy.js";
import type { Workspace } from "./workspace.js";

/** Whether the builder's database names snapshots that it does not have, as after a full disk: what asks for them fails for ever. */
export function missesSnapshots({ troubles }: OperationResult): boolean {
  return troubles.some(({ text }) => lostSnapshot.test(text));
}

/** Empties the builder's cache, and with it what names those. Its records of builds stay, and what it pushed. */
export async function emptyCache({ env }: Workspace): Promise<void> {
  const { code, stderr } = await run("buildctl", ["prune", "--all"], { env });
  if (code !== 0) {
    const remedy = "`npm run clean` removes all of BuildKit's data.";
    throw machineError("buildctl prune --all", `failed:\n${stderr}`, remedy);
  }
}

/** Two runs as one: what the second found done is as the first did it. */
export function asOne(first: OperationResult, second: OperationResult): OperationResult {
  const done = new Map(first.images.map((image) => [image.id, image]));
  const images = second.images.map((image) => (image.state === "unchanged" ? (done.get(image.id) ?? image) : image));
  return { ...second, images };
}
