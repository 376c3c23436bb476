import type { Fleet, Verdict } from "../rebuild/types.js";
import type { Attempt, ImageKind, ImageState, LifecycleChange } from "../state/types.js";

/** Where one image stands. */
export interface ImageStatus {
  readonly image: string;
  readonly kind: ImageKind;
  /** Since when it is that; absent where nobody wrote it down. */
  readonly since?: string;
  readonly digest?: string;
  readonly tag?: string;
  readonly adoptedAt?: string;
  /** The newest digest that was seen, where it is not the adopted one. */
  readonly newest?: string;
  readonly dependents: readonly string[];
  readonly lastAttempt?: Attempt;
  readonly lifecycle: readonly LifecycleChange[];
  /** `settled`, `watched` (nothing stands on it), `left out` (built on demand), what is about to be done (`adopt`, `rebuild`, ...), or why not yet (`hold`, `wave`, `give-up`). */
  readonly standing: string;
  readonly reason?: string;
  readonly until?: string;
}

/** Every image that is known, enrolled ones first, by name. */
export function statusOf(
  states: ReadonlyMap<string, ImageState>,
  { watched, built }: Fleet,
  verdict: Verdict,
): readonly ImageStatus[] {
  const decidedOn = new Set([...watched.map(({ name }) => name), ...built.map(({ id }) => id)]);
  const waits = new Map([...verdict.waiting()].map((waiting) => [waiting.image, waiting]));
  const actions = new Map(verdict.actions.map((action) => [action.image, action]));
  const all = [...states.values()].map((state): ImageStatus => {
    const { image, kind, adopted, ledger, dependents, attempts, lifecycle = [] } = state;
    const since = lifecycle.at(-1)?.at;
    const newest = ledger.at(-1)?.digest;
    const lastAttempt = attempts.at(-1);
    const action = actions.get(image);
    const waiting = waits.get(image);
    const until = waiting?.kind === "hold" ? waiting.until : undefined;
    const reason = action?.reason ?? waiting?.reason;
    return {
      image,
      kind,
      ...(since === undefined ? {} : { since }),
      ...(adopted === undefined ? {} : { digest: adopted.digest, tag: adopted.tag, adoptedAt: adopted.at }),
      ...(newest === undefined || newest === adopted?.digest ? {} : { newest }),
      dependents,
      ...(lastAttempt === undefined ? {} : { lastAttempt }),
      lifecycle,
      standing: standingOf(kind, decidedOn.has(image), action?.kind ?? waiting?.kind),
      ...(reason === undefined ? {} : { reason }),
      ...(until === undefined ? {} : { until }),
    };
  });
  const rank = ({ kind }: ImageStatus) => (kind === "removed" ? 1 : 0);
  return all.sort((left, right) => rank(left) - rank(right) || (left.image < right.image ? -1 : 1));
}

function standingOf(kind: ImageKind, decidedOn: boolean, decided: string | undefined): string {
  if (kind === "removed") return "removed";
  if (!decidedOn) return kind === "managed" ? "left out" : "watched";
  return decided ?? "settled";
}
