import { regenerate } from "../../domain/enrolment/regenerate.js";
import { type Awaited, awaitedElsewhere } from "../../domain/federation/awaited.js";
import { carryOut } from "../../domain/rebuild/carry-out.js";
import { type RunItem, runSet } from "../../domain/rebuild/run-set.js";
import { toInstant, toMs } from "../../domain/rebuild/times.js";
import { type Action, DEFAULT_RULES, type Difference, type Verdict } from "../../domain/rebuild/types.js";
import type { Observation, StandsOn } from "../../domain/state/types.js";
import type { Push } from "../../domain/watch/notification.js";
import { see } from "../../domain/watch/sight.js";
import { isAllowed } from "../../domain/watch/tags.js";
import type { Clock } from "./clock.js";
import { Decider } from "./decider.js";
import type { FederationReader } from "./federation-reader.js";
import { Loop } from "./loop.js";
import { type Ended, recordRuns, recordStarts } from "./records.js";
import type { Look } from "./registries.js";
import type { Released } from "./released.js";
import type { RebuildRun, RunHooks } from "./run-rebuild.js";
import type { StateStore, States } from "./state-store.js";
import type { Watched, WatchProject } from "./watch-project.js";

/** Everything outside that a watch asks, and changes. */
export interface WatchWorld {
  readonly store: StateStore;
  readonly clock: Clock;
  loadProject(): Promise<WatchProject>;
  /** What other repositories build of the graph that ours is a part of. */
  readonly federations: Pick<FederationReader, "read" | "refresh">;
  look(watched: Watched, known: readonly Observation[], announced?: Push): Promise<Look>;
  /** Keeps a digest where upstream cannot delete it. */
  mirror(repoURL: string, digest: string): Promise<void>;
  /** What a digest fixes against the adopted one, and what else it changes; undefined where nobody can tell. */
  compare(watched: Watched, from: string, to: string): Promise<Difference | undefined>;
  /** What the engine's own state says is released. */
  released(project: WatchProject): Promise<readonly Released[]>;
  /** What recorded runs came to, by image, newest last; for rebuilds that somebody else runs. */
  ended(): Promise<ReadonlyMap<string, Ended>>;
  /** Absent where somebody else runs the engine, a workflow say: rebuilds are begun here, and closed by `ended`. */
  run?(project: WatchProject, items: readonly RunItem[], hooks: RunHooks): Promise<RebuildRun>;
  /** Puts the tags of a recalled image back, or takes them away. */
  moveTags(move: Exclude<Action, { kind: "rebuild" }>, isRecalled: (digest: string) => boolean): Promise<void>;
  tell(line: string): void;
}

/** Looks at once; more would be a burden to registries. */
const LOOKS = 8;
const RECONCILE_MS = 3_600_000;
const RETRY_MS = 60_000;

/**
 * Watches over a stack: looks where something was pushed, and now and then everywhere; decides, with the engine of
 * `domain/rebuild`; adopts, by writing states; and runs Pulumi for the images that this concerns. What has not become true when
 * it is killed is decided again when it starts.
 */
export class Watch {
  private project: WatchProject | undefined;
  private states: States = new Map();
  private readonly decider = new Decider();
  /** To be looked at: never more than there are images, however many events come. */
  private readonly dirty = new Map<string, Observation["how"]>();
  /** The last push that a registry told of each image and that was not looked for yet. */
  private readonly announced = new Map<string, Push>();
  private readonly lastLooks = new Map<string, string>();
  private readonly told = new Map<string, string>();
  /** When an image may be tried again that a run did not come to, or whose move it did not make. */
  private readonly pauses = new Map<string, number>();
  private readonly looker = new Loop(() => this.guarded(() => this.lookAtDirty()));
  private readonly actor = new Loop(() => this.guarded(() => this.act()));
  private callOff = () => {};
  private reconcileAt = 0;
  private takeUpDue = false;
  private stopped = false;
  private troubled = false;

  constructor(private readonly world: WatchWorld) {}

  /** Takes up where the last one stopped, and looks at everything. */
  start(): void {
    this.reconcile();
  }

  /** A registry says that tags were pushed. */
  pushed(pushes: readonly Push[]): void {
    for (const push of pushes) {
      for (const { image, warehouse } of this.project?.watched.get(push.repository) ?? []) {
        if (!isAllowed(warehouse, push.tag)) continue;
        this.dirty.set(image, "event");
        this.announced.set(image, push);
      }
    }
    if (this.dirty.size > 0) this.looker.ask();
  }

  /** The bell rang: whatever is due is decided. */
  private ring(): void {
    if (this.stopped) return;
    if (this.world.clock.now() >= this.reconcileAt) this.reconcile();
    if (this.dirty.size > 0) this.looker.ask();
    this.actor.ask();
  }

  /** Resolves when there is nothing to do but wait. */
  async idle(): Promise<void> {
    while (this.looker.busy || this.actor.busy) await Promise.all([this.looker.idle(), this.actor.idle()]);
  }

  /** Whether something could not be asked, or could not be built, since the start. */
  get wasTroubled(): boolean {
    return this.troubled;
  }

  /** Resolves when what was begun is finished. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.callOff();
    await this.idle();
  }

  private reconcile(): void {
    this.reconcileAt = this.world.clock.now() + RECONCILE_MS;
    this.takeUpDue = true;
    this.actor.ask();
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    if (this.stopped) return;
    try {
      await work();
    } catch (error) {
      this.troubled = true;
      this.world.tell(error instanceof Error ? error.message : String(error));
      this.arm(this.world.clock.now() + RETRY_MS);
    }
  }

  private async lookAtDirty(): Promise<void> {
    while (this.dirty.size > 0 && !this.stopped) {
      const batch = new Map([...this.dirty].slice(0, LOOKS));
      for (const image of batch.keys()) this.dirty.delete(image);
      const all = [...(this.project?.watched.values() ?? [])].flat();
      const looks = await Promise.allSettled(
        all.map(async (watched) => {
          const how = batch.get(watched.image);
          if (how === undefined) return;
          try {
            await this.lookAt(watched, how);
          } catch (error) {
            // It is looked at again when the bell rings.
            this.dirty.set(watched.image, how);
            this.lastLooks.delete(watched.image);
            throw error;
          }
        }),
      );
      const failed = looks.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
  }

  private async lookAt(watched: Watched, how: Observation["how"]): Promise<void> {
    const { store, clock } = this.world;
    const { image, warehouse } = watched;
    const announced = this.announced.get(image);
    this.announced.delete(image);
    const look = await this.world.look(watched, this.states.get(image)?.ledger ?? [], announced);
    if (look.kind !== "seen") {
      this.tellOnce(image, look.problem);
      return;
    }
    const { sight } = look;
    const { digest, tag } = sight;
    if (this.project === undefined || this.decider.isOurs(this.project, this.states, digest)) return;
    const isNews = this.lastLooks.get(image) !== `${tag} ${digest}`;
    this.lastLooks.set(image, `${tag} ${digest}`);
    if (isNews) {
      const at = toInstant(clock.now());
      this.states = await store.update(`See ${image} at ${digest}`, (states) => {
        const state = states.get(image);
        return state === undefined ? [] : [see(state, sight, how, at)];
      });
      this.actor.ask();
    }
    try {
      await this.world.mirror(warehouse.repoURL, digest);
      this.told.delete(image);
    } catch (error) {
      this.lastLooks.delete(image);
      this.tellOnce(image, error instanceof Error ? error.message : String(error));
      return;
    }
    if (isNews) await this.compare(watched, digest);
  }

  /** Asks whether a digest that soaks may be adopted at once. */
  private async compare(watched: Watched, digest: string): Promise<void> {
    const adopted = this.states.get(watched.image)?.adopted?.digest;
    if (adopted === undefined || adopted === digest) return;
    const difference = await this.world.compare(watched, adopted, digest);
    if (difference === undefined) return;
    this.decider.addDifference(difference);
    this.actor.ask();
  }

  private async act(): Promise<void> {
    const { store, clock } = this.world;
    if (this.takeUpDue) await this.takeUp();
    while (!this.stopped) {
      const known = this.project;
      if (known === undefined) return;
      const now = clock.now();
      this.states = await store.read();
      const first = this.decider.decide(known, this.states, now);
      if (first.changed.length === 0 && first.recalled.length === 0) {
        const awaited = await this.awaitedOf(known, first.verdict, now);
        if (this.itemsOf(known, first.verdict, awaited, now).length === 0) {
          this.armFor(first.verdict, awaited, now);
          return;
        }
      }
      // Something is to be done, by what the files say now.
      const project = await this.world.loadProject();
      this.project = project;
      let decided = first;
      this.states = await store.update(
        () => decided.causes.join("\n") || "Bring the configuration of states up to date",
        (states) => {
          const configured = regenerate(states, project.enrolments, toInstant(now));
          const all = new Map([...states, ...configured.map((state) => [state.image, state] as const)]);
          decided = this.decider.decide(project, all, now);
          for (const state of decided.changed) all.set(state.image, state);
          return [...all.values()];
        },
      );
      for (const cause of decided.causes) this.world.tell(cause);
      await this.takeBack(project, decided.recalled, now);
      const awaited = await this.awaitedOf(project, decided.verdict, now);
      const items = this.itemsOf(project, decided.verdict, awaited, now);
      if (items.length > 0) await this.rebuild(project, items, decided.verdict, awaited);
    }
  }

  /** At the start, and now and then: what the files, the engine's state and the registries say, whatever was missed. */
  private async takeUp(): Promise<void> {
    const { store, clock } = this.world;
    const project = await this.world.loadProject();
    await this.world.federations.refresh(project);
    this.takeUpDue = false;
    this.project = project;
    const [released, ended] = await Promise.all([this.world.released(project), this.world.ended()]);
    const now = toInstant(clock.now());
    this.states = await store.update("Take up what was done since", (states) => {
      const configured = regenerate(states, project.enrolments, now);
      const all = new Map([...states, ...configured.map((state) => [state.image, state] as const)]);
      // A map of its own: the decider takes what it was told for unchanged.
      const before = new Map(all);
      const isRecalled = (digest: string) => this.decider.isRecalled(project, before, digest);
      for (const state of recordRuns(all, released, endedOf(all, ended), now, isRecalled)) all.set(state.image, state);
      return [...all.values()];
    });
    for (const { image } of [...project.watched.values()].flat()) {
      if (!this.dirty.has(image)) this.dirty.set(image, "reconcile");
    }
    this.looker.ask();
  }

  /** What a run can build now. */
  private itemsOf(
    { fleet }: WatchProject,
    verdict: Verdict,
    awaited: ReadonlyMap<string, Awaited>,
    now: number,
  ): readonly RunItem[] {
    const isPaused = (image: string) => Math.max(this.pauses.get(image) ?? 0, awaited.get(image)?.until ?? 0) > now;
    return runSet(fleet, verdict, isPaused);
  }

  /** What waits for other repositories' images, of all that is to be rebuilt. */
  private async awaitedOf(project: WatchProject, verdict: Verdict, now: number): Promise<ReadonlyMap<string, Awaited>> {
    const rebuilds = verdict.actions.filter(({ kind }) => kind === "rebuild");
    const federation = rebuilds.length === 0 ? undefined : await this.world.federations.read(project);
    if (federation === undefined) return new Map();
    const awaited = awaitedElsewhere(federation, project.fleet.watched, this.states, verdict, now);
    for (const { image } of rebuilds) {
      const { images = [], until } = awaited.get(image) ?? {};
      if (until !== undefined) this.mention(image, `awaits ${images.join(", ")}, gives up ${toInstant(until)}`);
    }
    return awaited;
  }

  /** Recalled images go back to their last good build at once; what is built anew comes after. */
  private async takeBack(
    project: WatchProject,
    moves: readonly Exclude<Action, { kind: "rebuild" }>[],
    now: number,
  ): Promise<void> {
    for (const move of moves) {
      await this.world.moveTags(move, (digest) => this.decider.isRecalled(project, this.states, digest));
      this.states = await this.world.store.update(`${move.image}: ${move.kind}, since ${move.reason}`, (states) => {
        const state = states.get(move.image);
        return state === undefined ? [] : [carryOut(state, move, now)];
      });
      this.world.tell(`${move.image}: ${move.kind} ${move.digest}, since ${move.reason}`);
    }
  }

  private async rebuild(
    project: WatchProject,
    items: readonly RunItem[],
    verdict: Verdict,
    awaited: ReadonlyMap<string, Awaited>,
  ): Promise<void> {
    const { store, clock, tell } = this.world;
    const rebuilds = verdict.actions.flatMap((action) => (action.kind === "rebuild" ? [action] : []));
    const chosen = new Map(items.map((item) => [item.image, item]));
    const ready = rebuilds.filter(({ image }) => chosen.has(image));
    const begun = ready.map(({ image, on, reason }) => {
      const without = awaited.get(image)?.images ?? [];
      return {
        image,
        on,
        cause: without.length === 0 ? reason : `${reason} ${without.join(", ")} did not come in time.`,
      };
    });
    const names = items.map(({ image }) => image).join(", ");
    tell(`Rebuilding ${names}.`);
    this.states = await store.update(`Start to rebuild ${names}`, (states) =>
      recordStarts(states, begun, toInstant(clock.now())),
    );
    if (this.world.run === undefined) return;

    const means = new Map([...this.states].map(([image, { adopted }]) => [image, adopted?.digest]));
    const started = new Set(begun.map(({ image }) => image));
    const ended = new Map<string, Ended>();
    let writing: Promise<unknown> = Promise.resolve();
    const run = await this.runOrTell(this.world.run, project, items, {
      tell,
      began: (image) => {
        const item = chosen.get(image);
        if (item === undefined || started.has(image)) return;
        started.add(image);
        const entry = { image, cause: item.reason, on: basesNow(project, image, means) };
        const at = toInstant(clock.now());
        writing = writing.then(() =>
          store.update(`Start to rebuild ${image}`, (states) => recordStarts(states, [entry], at)),
        );
      },
      ended: ({ id, state, digest, seconds }) => {
        if (digest !== undefined) means.set(id, digest);
        ended.set(id, { outcome: state, at: toInstant(clock.now()) });
        tell(`${id}: ${state}${seconds === undefined ? "" : ` in ${seconds.toFixed(1)} s`}`);
      },
    });
    await writing;
    const at = toInstant(clock.now());
    // A run that never came to its images says nothing of them.
    const reached = run.images.some(({ state }) => state === "failed") || run.code === 0;
    for (const { id, state } of run.images) {
      if (!ended.has(id) && reached) ended.set(id, { outcome: state, at });
    }
    for (const { id, text } of run.troubles) tell(id === "" ? text : `${id}: ${text}`);
    const released = await this.world.released(project);
    this.states = await store.update(`Rebuilt ${names}`, (states) =>
      recordRuns(states, released, ended, at, (digest) => this.decider.isRecalled(project, states, digest)),
    );
    for (const action of verdict.actions) {
      // Attempts pace those rebuilds that the engine came to.
      const outcome = ended.get(action.image)?.outcome ?? "skipped";
      const isDone =
        action.kind === "rebuild"
          ? outcome !== "skipped"
          : this.states.get(action.image)?.adopted?.digest === action.digest;
      if (!isDone) this.pauses.set(action.image, clock.now() + DEFAULT_RULES.backOffMs);
    }
    if (run.code === 130) this.stopped = true;
    if (run.code !== 0) this.troubled = true;
  }

  private async runOrTell(
    run: NonNullable<WatchWorld["run"]>,
    project: WatchProject,
    items: readonly RunItem[],
    hooks: RunHooks,
  ): Promise<RebuildRun> {
    try {
      return await run(project, items, hooks);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { images: [], troubles: [{ id: "", kind: "engine", text }], code: 70 };
    }
  }

  private armFor({ nextDue }: Verdict, awaited: ReadonlyMap<string, Awaited>, now: number): void {
    const ends = [...this.pauses.values(), ...[...awaited.values()].map(({ until }) => until ?? 0)];
    const due = nextDue === undefined ? Number.POSITIVE_INFINITY : toMs(nextDue);
    this.arm(Math.min(due, this.reconcileAt, ...ends.filter((time) => time > now)));
  }

  private arm(time: number): void {
    this.callOff();
    if (!this.stopped) this.callOff = this.world.clock.ringAt(time, () => this.ring());
  }

  private tellOnce(image: string, problem: string): void {
    this.troubled = true;
    this.mention(image, problem);
  }

  private mention(image: string, text: string): void {
    if (this.told.get(image) === text) return;
    this.told.set(image, text);
    this.world.tell(`${image}: ${text}`);
  }
}

/** Those ends that are ends of rebuilds which are open: an older run says nothing of them. */
function endedOf(states: States, ended: ReadonlyMap<string, Ended>): ReadonlyMap<string, Ended> {
  const own = [...ended].filter(([image, { at }]) => {
    const last = states.get(image)?.attempts.at(-1);
    return last !== undefined && last.end === undefined && last.start <= at;
  });
  return new Map(own);
}

/** What an image is built on when its turn comes in a run: what its bases came to be in it. */
function basesNow(
  { fleet }: WatchProject,
  image: string,
  means: ReadonlyMap<string, string | undefined>,
): readonly StandsOn[] {
  const bases = fleet.built.find(({ id }) => id === image)?.bases ?? [];
  return bases.flatMap((base) => {
    const digest = means.get(base);
    return digest === undefined ? [] : [{ image: base, digest }];
  });
}
