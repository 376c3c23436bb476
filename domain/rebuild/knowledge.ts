import { bannedBy } from "../recall/lineage.js";
import type { Recall } from "../recall/types.js";
import type { ImageState } from "../state/types.js";
import { type BuiltHistory, readBuilt, releasedBuild } from "./built-history.js";
import { Contents } from "./contents.js";
import { type FleetIndex, indexFleet } from "./fleet-index.js";
import type { Difference, Facts, Fleet } from "./types.js";
import { NO_HISTORY, readWatched, type WatchedHistory } from "./watched-history.js";

/**
 * Fleet and facts by number. What every look needs of every image is kept in flat arrays, so that a hundred thousand images are
 * looked at in milliseconds; the history of a built one is read when it is asked for.
 */
export class Knowledge {
  readonly index: FleetIndex;
  readonly watched: WatchedHistory[];
  /** The digest that an image means; "" for none. */
  readonly means: string[];
  /** The contents of that. */
  readonly contents: Int32Array;
  /** By edge: the contents that the released build stands on there; without one, that of the latest build. */
  readonly builtOn: Int32Array;
  /** Of built images: 1 where a build is released, and it is of the same files as the latest build. */
  readonly current: Uint8Array;
  private readonly states: (ImageState | undefined)[];
  /** States of images that are in the fleet no more; what stands was built on them. */
  private readonly gone = new Map<string, ImageState>();
  private readonly histories: (BuiltHistory | undefined)[];
  /** By the digest that it is from, then by the other one. */
  private readonly differences = new Map<string, Map<string, Difference>>();
  private recalls: readonly Recall[] = [];
  private bans: ReadonlySet<string> | undefined;
  private ours: Set<string> | undefined;
  private numbering = new Contents();
  /** Undefined where anything may have changed. */
  private changed: Set<number> | undefined;

  constructor(fleet: Fleet, { states, recalls, differences }: Facts) {
    this.index = indexFleet(fleet);
    const { watched, built, names, parents } = this.index;
    this.watched = watched.map(() => NO_HISTORY);
    this.means = names.map(() => "");
    this.contents = new Int32Array(names.length);
    this.builtOn = new Int32Array(parents.length);
    this.current = new Uint8Array(built.length);
    this.states = names.map(() => undefined);
    this.histories = built.map(() => undefined);
    for (const state of states) this.keep(this.index.numbers.get(state.image), state);
    this.readAll();
    this.recalls = recalls;
    for (const difference of differences) this.addDifference(difference);
  }

  /** The state of an image is another one now. */
  setState(state: ImageState): void {
    const number = this.index.numbers.get(state.image);
    const before = this.states[number ?? -1];
    this.keep(number, state);
    this.bans = undefined;
    if (!this.learn(state, before)) this.readAll();
    else if (number !== undefined) {
      this.read(number);
      this.changed?.add(number);
    }
    // A build can be on what is recalled, and others on it.
    if (this.recalls.length > 0) this.changed = undefined;
  }

  setRecalls(recalls: readonly Recall[]): void {
    this.recalls = recalls;
    this.bans = undefined;
    this.changed = undefined;
  }

  /** Numbers of the images of which something else is known than when this was asked last; undefined where it may be all of them. */
  takeChanged(): ReadonlySet<number> | undefined {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  addDifference(difference: Difference): void {
    const { from, to } = difference;
    const known = this.differences.get(from);
    if (known === undefined) this.differences.set(from, new Map([[to, difference]]));
    else known.set(to, difference);
  }

  differenceOf(from: string, to: string): Difference | undefined {
    return this.differences.get(from)?.get(to);
  }

  /** Undefined for an image that was never heard of. */
  history(at: number): BuiltHistory | undefined {
    const { watched, names, starts, parents } = this.index;
    const state = this.states[watched.length + at];
    const before = this.histories[at];
    if (state === undefined || before?.state === state) return before;
    const bases: string[] = [];
    for (let edge = starts[at] ?? 0; edge < (starts[at + 1] ?? 0); edge += 1) {
      bases.push(names[parents[edge] ?? 0] ?? "");
    }
    const history = readBuilt(state, bases, this.numbering, before);
    this.histories[at] = history;
    return history;
  }

  stateOf(number: number): ImageState | undefined {
    return this.states[number];
  }

  contentsOf(digest: string): number {
    return this.numbering.of(digest);
  }

  /** Whether we built it. */
  isOurs(digest: string): boolean {
    this.ours ??= new Set(this.allStates().flatMap(({ builds = [] }) => builds.map((build) => build.digest)));
    return this.ours.has(digest);
  }

  /** Whether it is recalled, itself or by what it was built on. */
  isBanned(digest: string): boolean {
    if (this.recalls.length === 0) return false;
    this.bans ??= this.findBans();
    return this.bans.has(digest);
  }

  /** The line of `recalls.yaml` that names this very digest. */
  recallOf(digest: string): Recall | undefined {
    return this.recalls.find((recall) => recall.digest === digest);
  }

  private keep(number: number | undefined, state: ImageState): void {
    if (number === undefined) this.gone.set(state.image, state);
    else this.states[number] = state;
  }

  private allStates(): readonly ImageState[] {
    return [...this.states.filter((state) => state !== undefined), ...this.gone.values()];
  }

  private readAll(): void {
    this.numbering = new Contents();
    this.changed = undefined;
    this.histories.fill(undefined);
    this.watched.fill(NO_HISTORY);
    // What a digest holds has to be known before anything that was built on it is read.
    for (const state of this.states) if (state !== undefined) this.learn(state);
    for (const state of this.gone.values()) this.learn(state);
    for (const number of this.states.keys()) this.read(number);
  }

  /** What its digests hold, as far as it was not learnt before. Returns false where that changes what was read. */
  private learn(state: ImageState, before?: ImageState): boolean {
    let consistent = true;
    for (const { digest, contents } of added(state.ledger, before?.ledger)) {
      if (contents !== undefined) consistent = this.numbering.learn(digest, contents) && consistent;
    }
    for (const { digest, contents } of added(state.builds ?? [], before?.builds)) {
      this.ours?.add(digest);
      if (contents !== undefined) consistent = this.numbering.learn(digest, contents) && consistent;
    }
    return consistent;
  }

  private read(number: number): void {
    const state = this.states[number];
    if (state === undefined) return;
    const digest = state.adopted?.digest;
    const at = number - this.watched.length;
    if (at < 0) this.watched[number] = readWatched(state, this.numbering, this.watched[number] ?? NO_HISTORY);
    const released = at < 0 ? 0 : this.readReleased(at, state);
    const means = released >= 0 ? digest : undefined;
    this.means[number] = means ?? "";
    this.contents[number] = means === undefined ? 0 : this.numbering.of(means);
  }

  private readReleased(at: number, state: ImageState): number {
    const { builds = [] } = state;
    const latest = builds[builds.length - 1];
    const released = releasedBuild(state);
    const build = builds[released] ?? latest;
    this.current[at] = released >= 0 && build?.source === latest?.source ? 1 : 0;
    const { names, starts, parents } = this.index;
    const first = starts[at] ?? 0;
    for (let edge = first; edge < (starts[at + 1] ?? 0); edge += 1) {
      const parent = parents[edge] ?? 0;
      const name = names[parent];
      const beside = build?.on[edge - first];
      const base = beside?.image === name ? beside : build?.on.find(({ image }) => image === name);
      this.builtOn[edge] = base === undefined ? 0 : this.contentsNear(base.digest, parent);
    }
    return released;
  }

  /** Most of what is released stands on what its parents mean: comparing is cheaper than looking up. */
  private contentsNear(digest: string, parent: number): number {
    return digest === this.means[parent] ? (this.contents[parent] ?? 0) : this.numbering.of(digest);
  }

  /** By all builds that were ever made, of images that are in the fleet no more, too. */
  private findBans(): ReadonlySet<string> {
    const builds = this.allStates().flatMap((state) => state.builds ?? []);
    return new Set(bannedBy(new Set(this.recalls.map(({ digest }) => digest)), builds).keys());
  }
}

/** What stands behind what was there before, where that is all still there. */
function added<T>(now: readonly T[], before: readonly T[] = []): readonly T[] {
  if (now === before) return [];
  const isLonger =
    before.length > 0 && before.length < now.length && now[before.length - 1] === before[before.length - 1];
  return isLonger ? now.slice(before.length) : now;
}
