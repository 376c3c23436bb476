import type { Impact } from "../impact/types.js";
import type { Federation } from "./types.js";

/** What a cascade asks of one repository: its own factory builds it, as one change. */
export interface ChangeSet {
  /** "" for this repository. */
  readonly catalogue: string;
  readonly repository: string;
  readonly commit?: string;
  /** By wave, then by id. */
  readonly images: readonly ChangedImage[];
}

export interface ChangedImage {
  readonly id: string;
  readonly wave: number;
  /** Images of other repositories that have to be released first; those of its own its factory orders itself. Sorted. */
  readonly awaits: readonly string[];
}

/** One change set for each repository that a cascade reaches, in the order in which they can begin. */
export function changeSets({ members }: Pick<Federation, "members">, { images }: Impact): readonly ChangeSet[] {
  const catalogueOf = new Map(images.map(({ catalogue = "", id }) => [id, catalogue]));
  const sets = new Map<string, ChangedImage[]>();
  for (const { catalogue = "", id, on, wave } of images) {
    const awaits = on.filter((base) => (catalogueOf.get(base) ?? catalogue) !== catalogue);
    const changed = sets.get(catalogue);
    if (changed === undefined) sets.set(catalogue, [{ id, wave, awaits }]);
    else changed.push({ id, wave, awaits });
  }
  return [...sets].flatMap(([catalogue, changed]) => {
    const member = members.find(({ name }) => name === catalogue);
    if (member === undefined) return [];
    const { commit, repository } = member;
    return [{ catalogue, repository, ...(commit === undefined ? {} : { commit }), images: changed }];
  });
}

/** Where an image of a cascade stands. Times are in milliseconds. */
export type Standing =
  | { readonly kind: "released"; readonly at: number }
  /** All that it awaits is released, or given up: then it is built on what there is of those. */
  | { readonly kind: "ready"; readonly since: number; readonly without: readonly string[] }
  /** `until` is absent where it waits for an image of its own repository, whose factory never builds on half of a change. */
  | { readonly kind: "awaits"; readonly images: readonly string[]; readonly until?: number };

/**
 * How far a cascade is, from what was released since it began. Who waits for an image of another repository gives it up when
 * that repository's time is over, counted from when the image itself could be built at the latest; so nobody waits for ever for
 * another team, whatever it does.
 *
 * @param started when the change was adopted
 * @param released when each image was first seen released in this cascade, by id
 */
export function cascadeProgress(
  { members }: Pick<Federation, "members">,
  { images }: Pick<Impact, "images">,
  started: number,
  released: ReadonlyMap<string, number>,
  now: number,
): ReadonlyMap<string, Standing> {
  const byId = new Map(images.map((image) => [image.id, image]));
  const deadlines = deadlinesOf({ members }, { images }, started, released);
  const standings = new Map<string, Standing>();
  for (const { catalogue = "", id, on } of images) {
    const bases = on.flatMap((base) => byId.get(base) ?? []);
    const latest = latestOf(on, started, released, deadlines);
    const at = released.get(id);
    if (at !== undefined) {
      standings.set(id, { kind: "released", at });
      continue;
    }
    const open = bases.filter((base) => !released.has(base.id));
    const since = open.some((base) => (base.catalogue ?? "") === catalogue) ? Number.POSITIVE_INFINITY : latest;
    const names = open.map((base) => base.id);
    if (since <= now) standings.set(id, { kind: "ready", since, without: names });
    else standings.set(id, { kind: "awaits", images: names, ...(Number.isFinite(since) ? { until: since } : {}) });
  }
  return standings;
}

/**
 * When other repositories give each image of a cascade up: after its own repository's time, counted from when it could be built
 * at the latest.
 */
export function deadlinesOf(
  { members }: Pick<Federation, "members">,
  { images }: Pick<Impact, "images">,
  started: number,
  released: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const waits = new Map(members.map(({ name, waitMs }) => [name, waitMs]));
  const deadlines = new Map<string, number>();
  for (const { catalogue = "", id, on } of images) {
    deadlines.set(id, latestOf(on, started, released, deadlines) + (waits.get(catalogue) ?? 0));
  }
  return deadlines;
}

/** When the last of these is released, or given up. */
function latestOf(
  bases: readonly string[],
  started: number,
  released: ReadonlyMap<string, number>,
  deadlines: ReadonlyMap<string, number>,
): number {
  return bases.reduce((time, base) => Math.max(time, released.get(base) ?? deadlines.get(base) ?? started), started);
}
