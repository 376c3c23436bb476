import { adopt, observe } from "../state/transitions.js";
import type { ImageState } from "../state/types.js";

/**
 * States that lost their pin, with the one that the latest build on them proves: what was built on was adopted. Their soak begins
 * anew for everything else.
 *
 * @param at ISO 8601, UTC, seconds
 */
export function recoverPins(states: ReadonlyMap<string, ImageState>, at: string): readonly ImageState[] {
  const latest = new Map<string, { readonly digest: string; readonly at: string }>();
  for (const { adopted, builds = [] } of states.values()) {
    const build = builds.findLast(({ digest }) => digest === adopted?.digest);
    for (const { image, digest } of build?.on ?? []) {
      const known = latest.get(image);
      if (known === undefined || known.at < (build?.at ?? "")) latest.set(image, { digest, at: build?.at ?? at });
    }
  }
  return [...states.values()].flatMap((state): readonly ImageState[] => {
    const found = latest.get(state.image);
    if (state.kind !== "external" || state.adopted !== undefined || state.updates.length > 0 || found === undefined) {
      return [];
    }
    const { digest } = found;
    const tag = state.image.slice(state.image.lastIndexOf(":") + 1);
    const known = state.ledger.find((entry) => entry.digest === digest);
    const platforms = known?.platforms ?? [];
    const seen = observe(state, { digest, tag, platforms, firstSeen: found.at, how: "reconcile" });
    return [adopt(seen, { digest, tag, platforms, at, cause: "what stands on it was built on this digest" })];
  });
}
