import { formatDuration } from "../catalogue/units.js";
import { fullName, parseImageName } from "../dockerfile/image-name.js";
import type { Checked, Problem } from "../problems.js";
import { toInstant, toMs } from "../rebuild/times.js";
import type { Fleet } from "../rebuild/types.js";
import type { Recall } from "../recall/types.js";
import type { ImageState } from "../state/types.js";
import { didYouMean } from "../suggest.js";
import type { Change, Reachable } from "./types.js";

/** What is known of a base that somebody asks about. */
export interface BaseKnowledge {
  readonly images: readonly Reachable[];
  readonly watched: Fleet["watched"];
  readonly states: ReadonlyMap<string, ImageState>;
  readonly recalls: readonly Recall[];
}

export interface BaseChange {
  /** The base's whole name. */
  readonly base: string;
  readonly change: Change;
  readonly notes: readonly string[];
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const COMMAND = { file: "factory plan --change" };

/**
 * What `BASE[=DIGEST]` means: a base that is watched gets that digest, one that we build is built again (without a digest) or
 * is that build. A digest that can never be adopted, or holds the same as the present one, changes nothing.
 */
export function readBaseChange(written: string, knowledge: BaseKnowledge): Checked<BaseChange | undefined> {
  const at = written.indexOf("=");
  const name = at < 0 ? written : written.slice(0, at);
  const digest = at < 0 ? undefined : written.slice(at + 1);
  const base = findBase(name, knowledge.images);
  const problems: Problem[] = [];
  if (base === undefined) problems.push(unknownBase(name, knowledge.images));
  if (digest !== undefined && !DIGEST.test(digest)) {
    const message = `"${digest}" is no digest: allowed is sha256: and 64 hexadecimal digits.`;
    problems.push({ place: COMMAND, message, remedy: `Write ${name}=sha256:..., or ${name} alone.` });
  }
  if (base === undefined || problems.length > 0) return { value: undefined, problems };

  const subject = digest === undefined ? base : `${base} at ${digest}`;
  const isOurs = knowledge.images.some(({ id }) => id === base);
  if (digest === undefined) {
    const change: Change = isOurs
      ? { subject, given: [], own: new Map([[base, ["it changes"]]]) }
      : { subject, given: [base], own: new Map() };
    return { value: { base, change, notes: [] }, problems };
  }
  const { given, notes } = digestOf(base, digest, knowledge);
  return { value: { base, change: { subject, given, own: new Map() }, notes }, problems };
}

/** An id, a pool, or a name as Dockerfiles write it. */
function findBase(name: string, images: readonly Reachable[]): string | undefined {
  const bases = new Set(images.flatMap(({ id, bases: on }) => [id, ...on]));
  if (bases.has(name)) return name;
  const parsed = parseImageName(name);
  const full = parsed === undefined ? undefined : fullName(parsed);
  return full !== undefined && bases.has(full) ? full : undefined;
}

function unknownBase(name: string, images: readonly Reachable[]): Problem {
  const known = [...new Set(images.flatMap(({ id, bases }) => [id, ...bases]))].sort();
  const shown = known.length <= 12 ? `Known: ${known.join(", ")}.` : "`npx factory graph` names them all.";
  const message = `nothing here stands on "${name}", and no image has this name.`;
  return { place: COMMAND, message, remedy: `${didYouMean(name, known)}${shown}` };
}

function digestOf(
  base: string,
  digest: string,
  { recalls, states, watched }: BaseKnowledge,
): { readonly given: readonly string[]; readonly notes: readonly string[] } {
  const state = states.get(base);
  const nothing = (note: string) => ({ given: [], notes: [note] });
  const recall = recalls.find((each) => each.digest === digest);
  if (recall !== undefined) return nothing(`This digest is recalled (${recall.reason}): it is never adopted.`);
  const rejected = state?.rejected?.find((each) => each.digest === digest);
  if (rejected !== undefined)
    return nothing(`This digest was rejected (${rejected.cause}): it is never adopted again.`);
  if (state?.adopted?.digest === digest) return nothing("This digest is adopted already.");
  const sight = state?.ledger.find((each) => each.digest === digest);
  const present = state?.ledger.find((each) => each.digest === state.adopted?.digest);
  if (sight?.contents !== undefined && sight.contents === present?.contents) {
    return nothing("All platforms hold the same as in the adopted digest, so the cascade stops there.");
  }
  const policy = watched.find((each) => each.name === base);
  return { given: [base], notes: policy === undefined ? [] : [adoption(policy, sight?.firstSeen)] };
}

function adoption({ autoRebuild, delayMs }: Fleet["watched"][number], firstSeen: string | undefined): string {
  if (!autoRebuild) return "autoRebuild is off for it: a person adopts it by `factory pin`.";
  if (firstSeen === undefined) {
    return `It was never seen here: it is adopted ${formatDuration(delayMs)} after its first sight, or sooner where it is proved to only fix flaws.`;
  }
  return `First seen ${firstSeen}: it has soaked ${toInstant(toMs(firstSeen) + delayMs)}, or is adopted sooner where it is proved to only fix flaws.`;
}
