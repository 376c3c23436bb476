import { toMs } from "../rebuild/times.js";
import type { Fleet } from "../rebuild/types.js";
import type { ImageState } from "../state/types.js";
import type { Push, Scenario } from "./types.js";

const DAY = 24 * 3_600_000;
/** Long enough for any soak to be over. */
const LONG_AGO = 400 * DAY;

/**
 * What really happened: every sight that the states record, as a scenario. It has no flaws, because states do not know them,
 * and nothing fails. Undefined where nothing was ever seen.
 *
 * @param end milliseconds since 1970
 */
export function recordedScenario(fleet: Fleet, states: Iterable<ImageState>, end: number): Scenario | undefined {
  const names = new Set(fleet.watched.map(({ name }) => name));
  const seen = [...states].filter(({ image, ledger }) => names.has(image) && ledger.length > 0);
  const start = Math.min(...seen.flatMap(({ ledger }) => ledger.map(({ firstSeen }) => toMs(firstSeen))));
  if (!Number.isFinite(start)) return undefined;
  const pushes = seen.flatMap((state) => pushesOf(state, start));
  pushes.sort((left, right) => left.at - right.at || (left.image < right.image ? -1 : 1));
  const days = Math.max(1, Math.ceil((end - start) / DAY));
  return { seed: "recorded", fleet, start, days, pushes, flaws: [], flaky: 0 };
}

/** What an image had first is what it had from the beginning. */
function pushesOf({ image, ledger, again = [] }: ImageState, start: number): readonly Push[] {
  const nothing = { image, fixes: [], unrelated: [], breaks: 0 };
  const first = ledger.map(
    ({ digest, tag, firstSeen, contents }, index): Push => ({
      ...nothing,
      at: index === 0 ? start - LONG_AGO : toMs(firstSeen),
      tag,
      digest,
      ...(contents === undefined ? {} : { contents }),
    }),
  );
  return [...first, ...again.map(({ tag, digest, seen }): Push => ({ ...nothing, at: toMs(seen), tag, digest }))];
}
