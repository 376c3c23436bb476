import type { ImageState } from "../../domain/state/types.js";
import { whyOf } from "../../domain/why/compare.js";
import type { ReleaseFacts, WhyRecord } from "../../domain/why/types.js";
import { RegistryError } from "../registry/registry-error.js";
import { readHistory } from "../release/read-history.js";
import { type FactsSource, readFacts } from "./read-facts.js";

export interface WhyRequest extends FactsSource {
  readonly image: string;
  /** Default: the newest release. */
  readonly digest?: string;
  /** The tag whose history is the order of releases. */
  readonly channel: string;
  readonly states: ReadonlyMap<string, ImageState>;
}

/**
 * Why a release is there: its evidence against that of the release before it, and so on for the bases of ours in which they
 * differ, down to watched images, whose adoption their states explain.
 *
 * @returns undefined where the image has no release
 */
export async function why(request: WhyRequest): Promise<WhyRecord | undefined> {
  const { channel, client, image, registry, states } = request;
  const history = [...(await readHistory(client, `${registry}/${image}`, channel))];
  const digest = request.digest ?? history[0]?.digest;
  if (digest === undefined) return undefined;
  const at = history.findIndex((each) => each.digest === digest);
  const release = history[at];
  // A rollback puts a digest into the history once more; what stands before it is another one.
  const earlier = history.slice(at < 0 ? 0 : at + 1).find((each) => each.digest !== digest);
  const before = at < 0 ? previousOf(states.get(image), digest) : earlier?.digest;

  const releases = new Map<string, ReleaseFacts>();
  const read = async (name: string, of: string): Promise<ReleaseFacts | undefined> => {
    const known = releases.get(of);
    if (known !== undefined) return known;
    const facts = await readFacts(request, name, of).catch(unlessMissing);
    if (facts === undefined) return undefined;
    releases.set(of, facts);
    // A pool has neither evidence nor releases; its packages are those of the image that it was made for.
    const ours = [...facts.bases].filter(([base]) => !base.includes("/"));
    await Promise.all(ours.map(([base, on]) => read(base, on)));
    return facts;
  };
  const [now, past] = [await read(image, digest), before === undefined ? undefined : await read(image, before)];
  if (now === undefined) return undefined;
  const dated = release === undefined ? now : { ...now, releasedAt: new Date(release.at).toISOString() };
  const adoptions = adoptionsOf(states);
  return whyOf(dated, { ...(past === undefined ? {} : { before: past }), releases, adoptions });
}

function previousOf(state: ImageState | undefined, digest: string): string | undefined {
  return state?.updates.findLast(({ to }) => to === digest)?.from;
}

/** Of every digest of others that was ever adopted, the last time and reason; what we built is explained by what it stands on. */
function adoptionsOf(states: ReadonlyMap<string, ImageState>): ReadonlyMap<string, string> {
  const adoptions = new Map<string, string>();
  for (const { builds, updates } of states.values()) {
    if (builds !== undefined) continue;
    for (const { at, cause, to } of updates) if (to !== undefined) adoptions.set(to, `adopted ${at}: ${cause}`);
  }
  return adoptions;
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof RegistryError && error.notFound) return undefined;
  throw error;
}
