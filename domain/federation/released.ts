import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { ImageState } from "../state/types.js";
import type { Federation } from "./types.js";

/**
 * When each image was first released since a time, by id, as this repository's states tell: its own by their releases, those
 * of others by the first new digest that was seen where they release. What nobody here stands on is not seen, and not awaited.
 *
 * @param since milliseconds
 */
export function releasedSince(
  { images, members }: Pick<Federation, "images" | "members">,
  states: Iterable<ImageState>,
  since: number,
): ReadonlyMap<string, number> {
  const ids = new Map<string, string>();
  for (const { catalogue = "", id } of images) {
    const member = members.find(({ name }) => name === catalogue);
    const own = catalogue === "" ? id : id.slice(catalogue.length + 1);
    ids.set(catalogue === "" ? id : `${member?.registry}/${own}`, id);
  }
  const released = new Map<string, number>();
  for (const { image, ledger, updates } of states) {
    const name = ids.has(image) ? undefined : parseImageName(image);
    const id = ids.get(name === undefined ? image : repositoryName(name));
    if (id === undefined) continue;
    const times = name === undefined ? updates.map(({ at }) => at) : ledger.map(({ firstSeen }) => firstSeen);
    const first = times.map((time) => Date.parse(time)).filter((time) => time >= since);
    if (first.length > 0) released.set(id, Math.min(released.get(id) ?? Number.POSITIVE_INFINITY, ...first));
  }
  return released;
}
