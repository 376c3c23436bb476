import type { Recall } from "../recall/types.js";
import type { ImageState } from "../state/types.js";
import { type BuiltHistory, type KnownBuild, readBuilt } from "./built-history.js";
import { Contents } from "./contents.js";
import { type FleetIndex, indexFleet } from "./fleet-index.js";
import type { Difference, Facts, Fleet } from "./types.js";
import { NO_HISTORY, readWatched, type WatchedHistory } from "./watched-history.js";

const NEVER_BUILT: BuiltHistory = { builds: [], live: -1, attempts: [] };

/** Fleet and facts, indexed by number; one state that changes costs what this image's history costs. */
export class Knowledge {
  readonly index: FleetIndex;
  readonly watched: WatchedHistory[];
  readonly built: BuiltHistory[];
  /** Digests that are recalled, themselves or by what they were built on. */
  private bans: Set<string> | undefined = new Set();
  private recalls: readonly Recall[] = [];
  private readonly differences = new Map<string, Difference[]>();
  private readonly states = new Map<string, ImageState>();
  private readonly parentNames: (readonly string[])[];
  private readonly ours = new Set<string>();
  private contents = new Contents();

  constructor(fleet: Fleet, { states, recalls, differences }: Facts) {
    this.index = indexFleet(fleet);
    const { watched, built, names, starts, parents } = this.index;
    this.watched = watched.map(() => NO_HISTORY);
    this.built = built.map(() => NEVER_BUILT);
    this.parentNames = built.map((_, at) =>
      Array.from(parents.subarray(starts[at], starts[at + 1]), (parent) => names[parent] ?? ""),
    );
    for (const state of states) this.states.set(state.image, state);
    this.readAll();
    this.setRecalls(recalls);
    for (const difference of differences) this.addDifference(difference);
  }

  /** The state of an image is another one now. */
  setState(state: ImageState): void {
    this.states.set(state.image, state);
    if (this.learn(state)) this.read(state);
    else this.readAll();
    this.bans = this.recalls.length === 0 ? this.bans : undefined;
  }

  setRecalls(recalls: readonly Recall[]): void {
    this.recalls = recalls;
    this.bans = recalls.length === 0 ? new Set() : undefined;
  }

  addDifference(difference: Difference): void {
    const known = this.differences.get(difference.image);
    if (known === undefined) this.differences.set(difference.image, [difference]);
    else known.push(difference);
  }

  differencesOf(image: string): readonly Difference[] {
    return this.differences.get(image) ?? [];
  }

  isOurs(digest: string): boolean {
    return this.ours.has(digest);
  }

  hasRecalls(): boolean {
    return this.recalls.length > 0;
  }

  isBanned(digest: string): boolean {
    this.bans ??= this.findBans();
    return this.bans.has(digest);
  }

  /** The line of `recalls.yaml` that names this very digest. */
  recallOf(digest: string): Recall | undefined {
    return this.recalls.find((recall) => recall.digest === digest);
  }

  contentsOf(digest: string): number {
    return this.contents.of(digest);
  }

  private readAll(): void {
    this.contents = new Contents();
    this.ours.clear();
    // What a digest holds has to be known before anything that was built on it is read.
    for (const state of this.states.values()) this.learn(state);
    for (const state of this.states.values()) this.read(state);
  }

  private learn({ ledger, builds = [] }: ImageState): boolean {
    let consistent = true;
    for (const { digest, contents } of ledger) consistent = this.contents.learn(digest, contents) && consistent;
    for (const { digest, contents } of builds) {
      consistent = this.contents.learn(digest, contents) && consistent;
      this.ours.add(digest);
    }
    return consistent;
  }

  private read(state: ImageState): void {
    const number = this.index.numbers.get(state.image);
    if (number === undefined) return;
    const at = number - this.watched.length;
    if (at < 0) this.watched[number] = readWatched(state, this.contents);
    else this.built[at] = readBuilt(state, this.parentNames[at] ?? [], this.contents);
  }

  /** What a digest was built on may be built by images that stand on nothing today: until nothing is added any more. */
  private findBans(): Set<string> {
    const bans = new Set(this.recalls.map(({ digest }) => digest));
    const builds = this.built.flatMap((history) => history.builds);
    for (let before = -1; before < bans.size; ) {
      before = bans.size;
      for (const build of builds) {
        if (!bans.has(build.digest) && isTainted(build, bans)) bans.add(build.digest);
      }
    }
    return bans;
  }
}

function isTainted({ build: { on, materials = [] } }: KnownBuild, bans: ReadonlySet<string>): boolean {
  return on.some(({ digest }) => bans.has(digest)) || materials.some((digest) => bans.has(digest));
}
