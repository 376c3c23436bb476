import type { Platform } from "../catalogue/types.js";
import { toInstant, toMs } from "../rebuild/times.js";
import { observe } from "../state/transitions.js";
import type { ImageState, Observation } from "../state/types.js";

/** By how much a clock may be put back without the order of sights being lost. What was seen still later was seen by a clock that was wrong. */
const PUT_BACK_MS = 24 * 3_600_000;

/** What a registry said when it was asked. */
export interface Sight {
  readonly image: string;
  readonly tag: string;
  readonly digest: string;
  /** Sorted. */
  readonly platforms: readonly Platform[];
  readonly contents: string;
}

/** Enters a sight where a tag means something else than when it was last looked at. The same sight twice changes nothing. */
export function see(state: ImageState, sight: Sight, how: Observation["how"], at: string): ImageState {
  if (lastSeen(state, sight.tag) === sight.digest) return state;
  const { tag, digest, platforms, contents } = sight;
  return observe(state, { digest, tag, platforms, contents, firstSeen: after(latest(state), at), how });
}

/** The order of sights is that of their times, so each is a second later than the one before it at least. */
function after(last: string | undefined, at: string): string {
  if (last === undefined || last < at || toMs(last) - toMs(at) > PUT_BACK_MS) return at;
  return toInstant(toMs(last) + 1000);
}

/** The digest that a tag meant when it was last looked at. */
export function lastSeen(
  { ledger, again = [] }: Pick<ImageState, "ledger" | "again">,
  tag: string,
): string | undefined {
  const first = ledger.findLast((entry) => entry.tag === tag);
  const later = again.findLast((entry) => entry.tag === tag);
  if (first === undefined || later === undefined) return (first ?? later)?.digest;
  return later.seen >= first.firstSeen ? later.digest : first.digest;
}

function latest({ ledger, again = [] }: ImageState): string | undefined {
  const times = [ledger.at(-1)?.firstSeen, again.at(-1)?.seen].filter((time) => time !== undefined);
  return times.sort().at(-1);
}
