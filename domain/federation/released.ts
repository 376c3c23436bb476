import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { ImageState } from "../state/types.js";
import type { Federation } from "./types.js";

/** Whose image a state is about: its id in the federation; undefined for an image that nobody of it builds. */
export function idOfState({
  images,
  members,
}: Pick<Federation, "images" | "members">): (image: string) => string | undefined {
  const ids = new Map<string, string>();
  for (const { catalogue = "", id } of images) {
    const member = members.find(({ name }) => name === catalogue);
    const own = catalogue === "" ? id : id.slice(catalogue.length + 1);
    ids.set(catalogue === "" ? id : `${member?.registry}/${own}`, id);
  }
  return (image) => {
    const name = ids.has(image) ? undefined : parseImageName(image);
    return ids.get(name === undefined ? image : repositoryName(name));
  };
}

/** When a watched image's digest was seen here first, and when it was adopted, in milliseconds. */
export interface Adopted {
  readonly seen: number;
  readonly adopted: number;
}

/**
 * When each image first meant something new in the cascade of a digest, by id, as this repository's states tell: its own by
 * their releases since it was adopted; those of others by the first new digest of theirs that was adopted here since it was
 * seen, for they may have been faster, and nothing is built on theirs before. What nobody here stands on is not awaited.
 */
export function releasedSince(
  federation: Pick<Federation, "images" | "members">,
  states: Iterable<ImageState>,
  { adopted, seen }: Adopted,
): ReadonlyMap<string, number> {
  const idOf = idOfState(federation);
  const released = new Map<string, number>();
  for (const { image, updates } of states) {
    const id = idOf(image);
    if (id === undefined) continue;
    const since = id === image ? adopted : seen;
    const first = updates.map(({ at }) => Date.parse(at)).filter((time) => time >= since);
    if (first.length > 0) released.set(id, Math.min(released.get(id) ?? Number.POSITIVE_INFINITY, ...first));
  }
  return released;
}
