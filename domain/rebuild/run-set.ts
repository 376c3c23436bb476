import type { Fleet, Verdict } from "./types.js";

/** An image that one run of the engine builds, and why. */
export interface RunItem {
  readonly image: string;
  /** False for one that comes after another of the run, and is built only if that one changes. */
  readonly ready: boolean;
  readonly reason: string;
}

/**
 * What one run of Pulumi can build of a verdict: what is to be rebuilt now, and the waves that follow from it, because Pulumi
 * itself builds what stands on an image after it, and not at all where it failed. An image that also waits for something
 * outside the run is left out: it would be built on a mix of generations.
 *
 * @param isPaused whether an image may not be built yet, whatever the verdict says
 */
export function runSet(
  { built }: Pick<Fleet, "built">,
  verdict: Verdict,
  isPaused: (image: string) => boolean = () => false,
): readonly RunItem[] {
  const moves = new Map(verdict.actions.map(({ image, reason }) => [image, reason]));
  const waits = new Map([...verdict.waiting()].map((waiting) => [waiting.image, waiting]));
  const isSettled = (image: string) => !moves.has(image) && !waits.has(image);
  const chosen = new Set<string>();
  const items: RunItem[] = [];
  for (const { id, bases } of built) {
    const reason = moves.get(id);
    const waiting = waits.get(id);
    const follows = waiting?.kind === "wave" && bases.every((base) => chosen.has(base) || isSettled(base));
    if (isPaused(id) || (reason === undefined && !follows)) continue;
    chosen.add(id);
    items.push({ image: id, ready: reason !== undefined, reason: reason ?? waiting?.reason ?? "" });
  }
  return items;
}
