import type { GrowthBudget } from "../catalogue/types.js";
import type { GateFailure } from "../evidence/types.js";
import { megabytes, shorten } from "./judge.js";
import type { ContentSize, Growth, LayerSize, PlatformSize } from "./types.js";

/** Bytes that a platform of this size may grow by. */
export function allowedGrowth(before: number, { absolute, relative }: GrowthBudget): number {
  return Math.floor(Math.min(absolute ?? Number.POSITIVE_INFINITY, (relative ?? Number.POSITIVE_INFINITY) * before));
}

/**
 * What has grown beyond its budget since the last release, with what it is that grew.
 *
 * @param contents what the layers that are new hold more than those that are gone, as far as that is known
 */
export function judgeGrowth(
  now: PlatformSize,
  before: PlatformSize,
  budget: GrowthBudget,
  contents: readonly Growth[] = [],
): readonly GateFailure[] {
  const growth = now.size - before.size;
  const allowed = allowedGrowth(before.size, budget);
  if (growth <= allowed) return [];
  const layers = largestGrowth(grownLayers(now.layers, before.layers), 3).map(told);
  const inside = largestGrowth(contents, 5).map(told);
  const grown = `${megabytes(growth)} (${percent(growth / before.size)}) larger than the last release`;
  const limit = `its growth budget allows ${megabytes(allowed)} (${limitsOf(budget)})`;
  const packages = inside.length === 0 ? "" : ` In them, unpacked: ${inside.join(", ")}.`;
  return [
    {
      gate: "size",
      platform: now.platform,
      finding: `the image has ${megabytes(now.size)} compressed and is ${grown}; ${limit}. What grew: ${layers.join("; ")}.${packages}`,
      remedy: "Leave out what it does not need, or raise `growthBudget` in image.yaml for this release.",
    },
  ];
}

/**
 * Layers that have more bytes than those before them, by the instruction that made each. Layers of one instruction are
 * compared in their order; layers that are the same are left out.
 */
export function grownLayers(now: readonly LayerSize[], before: readonly LayerSize[]): readonly Growth[] {
  const same = new Set(before.map(({ digest }) => digest));
  const kept = new Set(now.map(({ digest }) => digest));
  const replaced = before.filter(({ digest }) => !kept.has(digest));
  const taken = new Set<LayerSize>();
  return now
    .filter(({ digest }) => !same.has(digest))
    .map(({ digest, size, instruction }) => {
      const old = replaced.find((layer) => !taken.has(layer) && layer.instruction === instruction);
      if (old !== undefined) taken.add(old);
      return { name: instruction === "" ? digest : shorten(instruction), growth: size - (old?.size ?? 0) };
    })
    .filter(({ growth }) => growth > 0);
}

/** What has more bytes than before, by its name. */
export function grownContents(now: readonly ContentSize[], before: readonly ContentSize[]): readonly Growth[] {
  const sizes = new Map<string, number>();
  for (const { name, size } of now) sizes.set(name, (sizes.get(name) ?? 0) + size);
  for (const { name, size } of before) sizes.set(name, (sizes.get(name) ?? 0) - size);
  return [...sizes].map(([name, growth]) => ({ name, growth })).filter(({ growth }) => growth > 0);
}

function largestGrowth(items: readonly Growth[], count: number): readonly Growth[] {
  return [...items].sort((left, right) => right.growth - left.growth).slice(0, count);
}

function told({ name, growth }: Growth): string {
  return `${name} +${megabytes(growth)}`;
}

function limitsOf({ absolute, relative }: GrowthBudget): string {
  const limits = [
    ...(absolute === undefined ? [] : [megabytes(absolute)]),
    ...(relative === undefined ? [] : [percent(relative)]),
  ];
  return limits.join(" or ");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
