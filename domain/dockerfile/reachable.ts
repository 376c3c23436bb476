import type { Checked, Place } from "../problems.js";
import { didYouMean } from "../suggest.js";
import type { Dockerfile, Reference } from "./types.js";

/**
 * Index of the stage to build: the last one, or that of the name `target`, in whatever case. A number is no name: BuildKit
 * refuses it. Undefined where there is none.
 *
 * @param place where the target was chosen, for the problem
 */
export function findTarget(
  dockerfile: Dockerfile,
  target: string | undefined,
  place: Place,
): Checked<number | undefined> {
  const { stages } = dockerfile;
  if (target === undefined) return { value: stages.at(-1)?.index, problems: [] };
  const stage = stages.findLast(({ name }) => name === target.toLowerCase());
  if (stage !== undefined) return { value: stage.index, problems: [] };
  const names = [...new Set(stages.flatMap(({ name }) => name ?? []))];
  const known = names.length === 0 ? "No stage has a name: add AS <name>." : `Stages: ${names.join(", ")}.`;
  const message = `target "${target}" is no stage of ${dockerfile.file}.`;
  return { value: undefined, problems: [{ place, message, remedy: `${didYouMean(target, names)}${known}` }] };
}

/**
 * The references that a build of a stage follows, in the order of the text: those of the stage, of the stages that it stands on,
 * copies or mounts from, and so on, and `# syntax=`. Where names depend on the platform, those of all platforms.
 */
export function reachable(dockerfile: Dockerfile, stage: number): readonly Reference[] {
  if (dockerfile.perPlatform === undefined) return walk(dockerfile, stage);
  const found = new Map<string, Reference>();
  for (const { dockerfile: resolved } of dockerfile.perPlatform) {
    for (const reference of walk(resolved, stage)) found.set(JSON.stringify(reference), reference);
  }
  return [...found.values()].sort((left, right) => left.stage - right.stage || left.place.line - right.place.line);
}

function walk({ references, stages }: Dockerfile, target: number): readonly Reference[] {
  if (stages.length <= 1) return references;
  const reached = new Set([-1, target]);
  // Stages name only earlier ones, so one pass backwards finds all.
  for (const { stage, resolution } of references.toReversed()) {
    if (resolution.kind === "stage" && reached.has(stage)) reached.add(resolution.stage);
  }
  return references.filter(({ stage }) => reached.has(stage));
}
