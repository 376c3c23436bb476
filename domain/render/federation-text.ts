import { formatDuration } from "../catalogue/units.js";
import type { ChangeSet, Standing } from "../federation/change-sets.js";
import type { Excluded, Federation } from "../federation/types.js";
import { toInstant } from "../rebuild/times.js";
import { columns } from "./columns.js";

const OWN = "(this repository)";

/** Teams, what they build, and what is left out of whom. */
export function renderFederation({ excluded, images, members }: Federation): string {
  const rows = members.map(({ commit, name, registry, repository, waitMs }) => {
    const own = images.filter(({ catalogue = "" }) => catalogue === name);
    const others = new Set(own.flatMap(({ bases }) => bases.flatMap((base) => teamOf(base, images, name))));
    return [
      name === "" ? OWN : name,
      String(own.length),
      [...others].sort().join(", ") || "-",
      formatDuration(waitMs),
      registry,
      `${repository}${commit === undefined ? "" : `@${commit.slice(0, 12)}`}`,
    ];
  });
  const heading = ["catalogue", "images", "stands on", "waited for", "releases to", "repository"];
  return `${[...columns([heading, ...rows]), ...renderExcluded(excluded)].join("\n")}\n`;
}

/** One change for each repository, and what each image of it awaits or has come to. */
export function renderChangeSets(
  sets: readonly ChangeSet[],
  standings: ReadonlyMap<string, Standing> = new Map(),
): readonly string[] {
  return sets.flatMap(({ catalogue, commit, images, repository }, index) => [
    "",
    `change ${index + 1}: ${catalogue === "" ? OWN : catalogue}, ${images.length} images, built by the factory of ${repository}${commit === undefined ? "" : ` at ${commit.slice(0, 12)}`}`,
    ...columns(
      images.map(({ awaits, id, wave }) => {
        const standing = standings.get(id);
        const awaited = awaits.length === 0 ? "" : `awaits ${awaits.join(", ")}`;
        return [`  ${wave}`, id, standing === undefined ? awaited : formatStanding(standing)];
      }),
    ),
  ]);
}

export function renderExcluded(excluded: readonly Excluded[]): readonly string[] {
  if (excluded.length === 0) return [];
  const lines = excluded.map(({ catalogue, id, reason }) => `  ${id ?? `${catalogue || OWN} as a whole`}: ${reason}`);
  return ["", "left out of the federation; everybody else goes on:", ...lines];
}

function formatStanding(standing: Standing): string {
  switch (standing.kind) {
    case "released":
      return `released ${toInstant(standing.at)}`;
    case "ready":
      return standing.without.length === 0 ? "can be built" : `can be built; gave up ${standing.without.join(", ")}`;
    case "awaits": {
      const until = standing.until === undefined ? "" : `, gives up ${toInstant(standing.until)}`;
      return `awaits ${standing.images.join(", ")}${until}`;
    }
  }
}

function teamOf(base: string, images: Federation["images"], own: string): readonly string[] {
  const image = images.find(({ id }) => id === base);
  const catalogue = image?.catalogue ?? "";
  return image === undefined || catalogue === own ? [] : [catalogue === "" ? OWN : catalogue];
}
