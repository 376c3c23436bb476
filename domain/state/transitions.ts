import type { Adoption, Attempt, Build, ImageState, Observation, Warehouse } from "./types.js";
import { STATE_SCHEMA } from "./types.js";

/** State of an image of which nothing is known yet. */
export function newState(image: string, kind: ImageState["kind"], warehouse?: Warehouse): ImageState {
  return {
    schema: STATE_SCHEMA,
    image,
    kind,
    ...(warehouse === undefined ? {} : { warehouse }),
    ledger: [],
    updates: [],
    dependents: [],
    attempts: [],
  };
}

/**
 * Enters a sight of a digest. The earliest one counts, in whatever order sights arrive; the same sight twice changes nothing.
 * Of an external image it also says what the tag means since then.
 */
export function observe(state: ImageState, observation: Observation): ImageState {
  const seen = enterLedger(state, observation);
  // Who pins may name a digest that the tag does not mean.
  return seen.kind === "managed" || observation.how === "pin" ? seen : enterTag(seen, observation);
}

function enterLedger(state: ImageState, observation: Observation): ImageState {
  const known = state.ledger.find(({ digest }) => digest === observation.digest);
  if (known !== undefined && compareSights(known, observation) <= 0) return state;
  const others = known === undefined ? state.ledger : state.ledger.filter((entry) => entry !== known);
  const at = others.findLastIndex((entry) => compareSights(entry, observation) < 0) + 1;
  return { ...state, ledger: others.toSpliced(at, 0, observation) };
}

function enterTag(state: ImageState, { tag, digest, firstSeen: seen }: Observation): ImageState {
  const tags = state.tags ?? [];
  const known = tags.find((entry) => entry.tag === tag);
  if (known !== undefined && (known.seen > seen || (known.seen === seen && known.digest >= digest))) return state;
  const others = tags.filter((entry) => entry !== known);
  return { ...state, tags: [...others, { tag, digest, seen }].sort((left, right) => compare(left.tag, right.tag)) };
}

/** By time; what was seen in the same second has an order, too, so that the order of arrival does not matter. */
function compareSights(left: Observation, right: Observation): number {
  return (
    compare(left.firstSeen, right.firstSeen) ||
    compare(left.digest, right.digest) ||
    compare(left.tag, right.tag) ||
    compare(left.how, right.how)
  );
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Makes a digest the current one and records the change; adopting what is adopted changes nothing. */
export function adopt(state: ImageState, adoption: Adoption): ImageState {
  const from = state.adopted?.digest;
  if (from === adoption.digest && state.adopted?.tag === adoption.tag) return state;
  const update = {
    ...(from === undefined ? {} : { from }),
    to: adoption.digest,
    at: adoption.at,
    cause: adoption.cause,
  };
  return { ...state, adopted: adoption, updates: [...state.updates, update] };
}

/** Leaves the image without a current digest. */
export function withdraw(state: ImageState, at: string, cause: string): ImageState {
  const { adopted, ...rest } = state;
  if (adopted === undefined) return state;
  return { ...rest, updates: [...state.updates, { from: adopted.digest, at, cause }] };
}

/** Bars a digest from ever being adopted again. */
export function reject(state: ImageState, digest: string, at: string, cause: string): ImageState {
  const rejected = state.rejected ?? [];
  if (rejected.some((entry) => entry.digest === digest)) return state;
  return { ...state, rejected: [...rejected, { digest, at, cause }] };
}

/** Records that a rebuild began. One that is still open has lost whoever ran it. */
export function start(state: ImageState, attempt: Required<Pick<Attempt, "cause" | "on" | "start">>): ImageState {
  const closed = state.attempts.map((entry) =>
    entry.end === undefined ? { ...entry, end: attempt.start, result: "interrupted" as const } : entry,
  );
  return { ...state, attempts: [...closed, attempt] };
}

/** Closes the open attempt; without one nothing changes, so a result that arrives twice counts once. */
export function finish(state: ImageState, result: NonNullable<Attempt["result"]>, end: string): ImageState {
  const index = state.attempts.findLastIndex((entry) => entry.end === undefined);
  const open = state.attempts[index];
  if (open === undefined) return state;
  return { ...state, attempts: state.attempts.with(index, { ...open, end, result }) };
}

/** Records a build that passed its gates: it can be adopted from now on. The same build twice is one. */
export function built(state: ImageState, build: Build, tag: string, platforms: Observation["platforms"]): ImageState {
  const { digest, contents } = build;
  const known = state.builds ?? [];
  if (known.some((entry) => entry.digest === digest && entry.source === build.source && sameBases(entry, build))) {
    return state;
  }
  const sight: Observation = {
    digest,
    tag,
    platforms,
    firstSeen: build.at,
    how: "build",
    ...(contents === undefined ? {} : { contents }),
  };
  return { ...observe(state, sight), builds: [...known, build] };
}

function sameBases(left: Build, right: Build): boolean {
  if (left.on.length !== right.on.length) return false;
  return left.on.every((entry, index) => {
    const other = right.on[index];
    return entry.image === other?.image && entry.digest === other.digest;
  });
}
