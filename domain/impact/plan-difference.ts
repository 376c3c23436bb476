import type { BuildPlan, NamedContext, PlannedImage } from "../plan/types.js";

/** What differs between two plans, without what follows from it. */
export interface PlanDifference {
  /** Images that are new or have other inputs of their own, with what is other. In the order of the later plan. */
  readonly own: ReadonlyMap<string, readonly string[]>;
  readonly removed: readonly string[];
}

/** Labels that follow from the commit that touched an image last. */
const REVISION_LABELS = new Set([
  "org.opencontainers.image.created",
  "org.opencontainers.image.revision",
  "dev.image-factory.dirty",
]);

/** Compares every input of the builds but what they stand on and we build: exactly what changes a buildId without another one. */
export function planDifference(before: BuildPlan, after: BuildPlan): PlanDifference {
  const earlier = new Map(before.images.map((image) => [image.id, image]));
  const own = new Map<string, readonly string[]>();
  for (const image of after.images) {
    const known = earlier.get(image.id);
    earlier.delete(image.id);
    if (known === undefined) own.set(image.id, ["it is new"]);
    else if (known.buildId !== image.buildId) {
      const reasons = changedInputs(known, image);
      if (reasons.length > 0) own.set(image.id, reasons);
    }
  }
  return { own, removed: [...earlier.keys()].sort() };
}

function changedInputs(before: PlannedImage, after: PlannedImage): readonly string[] {
  const reasons: string[] = [];
  const differs = (of: (image: PlannedImage) => unknown) => JSON.stringify(of(before)) !== JSON.stringify(of(after));
  if (differs(({ contextHash, dockerfile }) => [contextHash, dockerfile.text])) reasons.push("its files");
  const settings = ({
    buildArgs: { SOURCE_DATE_EPOCH: _, ...args },
    labels,
    node: { image, variant },
  }: PlannedImage) => [
    variant.target,
    image.platforms,
    sorted(args),
    sorted(Object.fromEntries(Object.entries(labels).filter(([name]) => !REVISION_LABELS.has(name)))),
    image.secrets.map(({ id }) => id).sort(),
    image.network !== undefined,
  ];
  if (differs(settings)) reasons.push("its settings");
  reasons.push(...changedFoundations(before.namedContexts, after.namedContexts));
  const revision = ({ buildArgs, labels }: PlannedImage) => [
    buildArgs.SOURCE_DATE_EPOCH,
    [...REVISION_LABELS].map((name) => labels[name]),
  ];
  // The label names the commit, so a commit that touches the folder makes another image though its files are the same.
  if (reasons.length === 0 && differs(revision)) reasons.push("its revision");
  return reasons;
}

function changedFoundations(before: readonly NamedContext[], after: readonly NamedContext[]): readonly string[] {
  const earlier = new Map(before.map(({ name, source }) => [name, source]));
  const reasons: string[] = [];
  for (const { name, source } of after) {
    const known = earlier.get(name);
    if (known === undefined) reasons.push(`stands on ${name} now`);
    else if (source.kind !== "managed" && known.kind !== "managed" && known.digest !== source.digest) {
      reasons.push(`${name} from ${known.digest} to ${source.digest}`);
    } else if (
      known.kind !== source.kind ||
      (known.kind === "managed" && source.kind === "managed" && known.id !== source.id)
    ) {
      reasons.push(`${name} means another image`);
    }
  }
  const names = new Set(after.map(({ name }) => name));
  for (const name of earlier.keys()) if (!names.has(name)) reasons.push(`stands on ${name} no longer`);
  return reasons;
}

function sorted(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1));
}
