import { predict } from "../impact/predict.js";
import { toMs } from "../rebuild/times.js";
import type { Verdict, WatchedImage } from "../rebuild/types.js";
import type { ImageState } from "../state/types.js";
import { deadlinesOf } from "./change-sets.js";
import { type Adopted, idOfState, releasedSince } from "./released.js";
import type { Federation } from "./types.js";

/** What an image waits for, and until when; or what it is built without. Ids of the federation. */
export interface Awaited {
  readonly images: readonly string[];
  /** In milliseconds; absent where that time is over. */
  readonly until?: number;
}

/**
 * Which of the images that are to be rebuilt here wait for images of other repositories, because a watched image that was
 * adopted reaches both, and which have waited in vain. A proved fix waits for nobody, and neither does what goes back to a
 * digest that was adopted before.
 *
 * @param watched the watched images of the fleet
 * @param now milliseconds
 */
export function awaitedElsewhere(
  federation: Federation,
  watched: readonly WatchedImage[],
  states: ReadonlyMap<string, ImageState>,
  verdict: Verdict,
  now: number,
): ReadonlyMap<string, Awaited> {
  const idOf = idOfState(federation);
  const unsettled = new Set([...verdict.actions, ...verdict.waiting()].map(({ image }) => image));
  const awaited = new Map<string, Awaited>();
  for (const { delayMs, name } of watched) {
    const state = states.get(name);
    const change = state === undefined ? undefined : changeOf(state);
    if (change === undefined || change.seen + delayMs > change.adopted) continue;
    const subject = idOf(name) ?? name;
    const impact = predict(federation.images, { subject, given: [subject], own: new Map() });
    const catalogues = new Map(impact.images.map(({ catalogue, id }) => [id, catalogue]));
    const released = new Map(releasedSince(federation, states.values(), change));
    for (const [id, catalogue] of catalogues) {
      // What needs no rebuild came out the same as before, and has no release to tell.
      if (catalogue === undefined && !unsettled.has(id) && !released.has(id)) released.set(id, change.adopted);
    }
    const deadlines = deadlinesOf(federation, impact, change.adopted, released);
    for (const { catalogue, id, on } of impact.images) {
      if (catalogue !== undefined || !unsettled.has(id) || released.has(id)) continue;
      const images = on.filter((base) => catalogues.get(base) !== undefined && !released.has(base));
      if (images.length === 0) continue;
      const until = Math.max(...images.map((base) => deadlines.get(base) ?? 0));
      awaited.set(id, joined(awaited.get(id), { images, ...(until > now ? { until } : {}) }));
    }
  }
  return awaited;
}

/** When the adopted digest was seen and adopted; undefined for a first one, and for one that was adopted before. */
function changeOf({ adopted, ledger, updates }: ImageState): Adopted | undefined {
  if (adopted === undefined || updates.length < 2) return undefined;
  if (updates.filter(({ to }) => to === adopted.digest).length > 1) return undefined;
  const seen = ledger.find(({ digest }) => digest === adopted.digest)?.firstSeen ?? adopted.at;
  return { seen: toMs(seen), adopted: toMs(adopted.at) };
}

/** Whoever is waited for longest decides. */
function joined(left: Awaited | undefined, right: Awaited): Awaited {
  if (left === undefined) return right;
  return (left.until ?? 0) >= (right.until ?? 0) ? left : right;
}
