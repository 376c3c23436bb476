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
 * Enters a sight of a digest. The earliest one is its first, in whatever order sights arrive; the same sight twice changes
 * nothing. Report one only where a tag means something else than before: each stays in the state.
 */
export function observe(state: ImageState, observation: Observation): ImageState {
  const known = digestsOf(state.ledger).get(observation.digest);
  if (known === undefined) return { ...state, ledger: insert(state.ledger, observation) };
  const order = compareSights(known, observation);
  if (order === 0) return state;
  if (order < 0) return seeAgain(state, known, observation);
  const others = state.ledger.filter((entry) => entry !== known);
  return seeAgain({ ...state, ledger: insert(others, observation) }, observation, known);
}

function insert(ledger: readonly Observation[], observation: Observation): readonly Observation[] {
  const at = ledger.findLastIndex((entry) => compareSights(entry, observation) < 0) + 1;
  const next = ledger.toSpliced(at, 0, observation);
  const digests = indexes.get(ledger);
  // It goes with the longer one: a ledger grows by one at a time, and the shorter one is hardly asked again.
  if (digests !== undefined && indexes.delete(ledger)) indexes.set(next, digests.set(observation.digest, observation));
  return next;
}

const indexes = new WeakMap<readonly Observation[], Map<string, Observation>>();

/** The entries of a ledger by digest. */
function digestsOf(ledger: readonly Observation[]): ReadonlyMap<string, Observation> {
  let digests = indexes.get(ledger);
  if (digests === undefined) {
    digests = new Map(ledger.map((entry) => [entry.digest, entry]));
    indexes.set(ledger, digests);
  }
  return digests;
}

function seeAgain(state: ImageState, first: Observation, later: Observation): ImageState {
  const { tag, digest, firstSeen: seen } = later;
  // Who pins may name a digest that the tag does not mean, and our own builds have no publisher who goes back.
  if (later.how === "build" || later.how === "pin" || (tag === first.tag && seen === first.firstSeen)) return state;
  const again = state.again ?? [];
  if (again.some((entry) => entry.tag === tag && entry.digest === digest && entry.seen === seen)) return state;
  const sorted = [...again, { tag, digest, seen }].sort(
    (left, right) =>
      compare(left.seen, right.seen) || compare(left.tag, right.tag) || compare(left.digest, right.digest),
  );
  return { ...state, again: sorted };
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
  return { ...state, adopted: adoption, updates: state.updates.concat([update]) };
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

/** Records that a rebuild began. If the one before it is still open, whoever ran it is gone. */
export function start(state: ImageState, attempt: Required<Pick<Attempt, "cause" | "on" | "start">>): ImageState {
  const { attempts } = finish(state, "interrupted", attempt.start);
  return { ...state, attempts: attempts.concat([attempt]) };
}

/** Closes the open attempt; without one nothing changes, so a result that arrives twice counts once. */
export function finish(state: ImageState, result: NonNullable<Attempt["result"]>, end: string): ImageState {
  const open = state.attempts.at(-1);
  if (open === undefined || open.end !== undefined) return state;
  return { ...state, attempts: state.attempts.with(-1, { ...open, end, result }) };
}

/** Records a build that passed its gates: it can be adopted from now on. The same build twice is one. */
export function built(state: ImageState, build: Build, tag: string, platforms: Observation["platforms"]): ImageState {
  const { digest, contents } = build;
  const known = state.builds ?? [];
  const sight: Observation = {
    digest,
    tag,
    platforms,
    firstSeen: build.at,
    how: "build",
    ...(contents === undefined ? {} : { contents }),
  };
  const seen = observe(state, sight);
  const isNew = seen.ledger.length > state.ledger.length;
  const same = (entry: Build) => entry.digest === digest && entry.source === build.source && sameBases(entry, build);
  return !isNew && known.some(same) ? state : { ...seen, builds: known.concat([build]) };
}

function sameBases(left: Build, right: Build): boolean {
  if (left.on.length !== right.on.length) return false;
  return left.on.every((entry, index) => {
    const other = right.on[index];
    return entry.image === other?.image && entry.digest === other.digest;
  });
}
