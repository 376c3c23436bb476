import { regenerate } from "../../domain/enrolment/regenerate.js";
import { type Awaited, awaitedElsewhere } from "../../domain/federation/awaited.js";
import { carryOut } from "../../domain/rebuild/carry-out.js";
import { type RunItem, runSet } from "../../domain/rebuild/run-set.js";
import { toInstant, toMs } from "../../domain/rebuild/times.js";
import type { Action, Verdict } from "../../domain/rebuild/types.js";
import type { ImageState } from "../../domain/state/types.js";
import type { Push } from "../../domain/watch/notification.js";
import { Decider } from "./decider.js";
import { Looker } from "./looker.js";
import { Loop } from "./loop.js";
import { Mentions } from "./mentions.js";
import { Rebuilder } from "./rebuilder.js";
import { endsOfOpen, recordRuns } from "./records.js";
import type { States } from "./state-store.js";
import type { WatchProject } from "./watch-project.js";
import type { Known, WatchWorld } from "./watch-world.js";

const RECONCILE_MS = 3_600_000;
const RETRY_MS = 60_000;

/**
 * Watches over a stack: looks where something was pushed, and now and then everywhere; decides, with the engine of
 * `domain/rebuild`; adopts, by writing states; and runs Pulumi for the images that this concerns. What has not become true when
 * it is killed is decided again when it starts.
 */
export class Watch {
  private readonly known: Known = { states: new Map() };
  private readonly decider = new Decider();
  private readonly mentions: Mentions;
  private readonly looker: Looker;
  private readonly rebuilder: Rebuilder;
  private readonly looking = new Loop(() => this.guarded(() => this.looker.look(() => this.stopped)));
  private readonly acting = new Loop(() => this.guarded(() => this.act()));
  private callOff = () => {};
  private reconcileAt = 0;
  /** When something is due by what was decided last, and when what failed is tried again; in milliseconds. */
  private dueAt = Number.POSITIVE_INFINITY;
  private retryAt = Number.POSITIVE_INFINITY;
  private takeUpDue = false;
  private stopped = false;
  private troubled = false;

  constructor(private readonly world: WatchWorld) {
    this.mentions = new Mentions(world.tell);
    this.looker = new Looker(world, this.known, this.decider, () => this.acting.ask());
    this.rebuilder = new Rebuilder(world, this.known, this.decider);
  }

  /** Takes up where the last one stopped, and looks at everything. */
  start(): void {
    this.reconcile();
  }

  /** A registry says that tags were pushed. */
  pushed(pushes: readonly Push[]): void {
    this.looker.pushed(pushes);
    if (this.looker.isDue) this.looking.ask();
  }

  /** Resolves when there is nothing to do but wait. */
  async idle(): Promise<void> {
    while (this.looking.busy || this.acting.busy) await Promise.all([this.looking.idle(), this.acting.idle()]);
  }

  /** Whether something could not be asked, or could not be built, since the start. */
  get wasTroubled(): boolean {
    return this.troubled || this.looker.wasTroubled;
  }

  /** Resolves when what was begun is finished. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.callOff();
    await this.idle();
  }

  /** The bell rang: whatever is due is decided. */
  private ring(): void {
    if (this.stopped) return;
    this.dueAt = Number.POSITIVE_INFINITY;
    this.retryAt = Number.POSITIVE_INFINITY;
    if (this.world.clock.now() >= this.reconcileAt) this.reconcile();
    if (this.looker.isDue) this.looking.ask();
    this.acting.ask();
  }

  private reconcile(): void {
    this.reconcileAt = this.world.clock.now() + RECONCILE_MS;
    this.takeUpDue = true;
    this.acting.ask();
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    if (this.stopped) return;
    try {
      await work();
    } catch (error) {
      this.troubled = true;
      this.world.tell(error instanceof Error ? error.message : String(error));
      this.retryAt = this.world.clock.now() + RETRY_MS;
      this.arm();
    }
  }

  private async act(): Promise<void> {
    const { known, world } = this;
    if (this.takeUpDue) await this.takeUp();
    while (!this.stopped) {
      if (known.project === undefined) return;
      const now = world.clock.now();
      known.states = await world.store.read();
      const first = this.decider.decide(known.project, known.states, now);
      if (first.changed.length === 0 && first.recalled.length === 0) {
        const awaited = await this.awaitedOf(known.project, first.verdict, now);
        if (this.itemsOf(known.project, first.verdict, awaited, now).length === 0) {
          this.armFor(first.verdict, awaited, now);
          return;
        }
      }
      // Something is to be done, by what the files say now.
      const project = await world.loadProject();
      known.project = project;
      let decided = first;
      known.states = await world.store.update(
        () => decided.causes.join("\n") || "Bring the configuration of states up to date",
        (states) => {
          const all = configured(states, project, now);
          decided = this.decider.decide(project, all, now);
          for (const state of decided.changed) all.set(state.image, state);
          return [...all.values()];
        },
      );
      for (const cause of decided.causes) world.tell(cause);
      await this.takeBack(project, decided.recalled, now);
      const awaited = await this.awaitedOf(project, decided.verdict, now);
      const items = this.itemsOf(project, decided.verdict, awaited, now);
      if (items.length === 0) continue;
      const code = await this.rebuilder.rebuild(project, items, decided.verdict, awaited);
      if (code === 130) this.stopped = true;
      if (code !== 0) this.troubled = true;
    }
  }

  /** At the start, and now and then: what the files, the engine's state and the registries say, whatever was missed. */
  private async takeUp(): Promise<void> {
    const { known, world } = this;
    const project = await world.loadProject();
    await world.federations.refresh(project);
    this.takeUpDue = false;
    known.project = project;
    const [released, ended] = await Promise.all([world.released(project), world.ended()]);
    const now = world.clock.now();
    known.states = await world.store.update("Take up what was done since", (states) => {
      const all = configured(states, project, now);
      // A map of its own: the decider takes what it was told for unchanged.
      const before = new Map(all);
      const isRecalled = (digest: string) => this.decider.isRecalled(project, before, digest);
      const recorded = recordRuns(all, released, endsOfOpen(all, ended), toInstant(now), isRecalled);
      for (const state of recorded) all.set(state.image, state);
      return [...all.values()];
    });
    this.looker.reconcile();
    this.looking.ask();
  }

  /** What a run can build now. */
  private itemsOf(
    { fleet }: WatchProject,
    verdict: Verdict,
    awaited: ReadonlyMap<string, Awaited>,
    now: number,
  ): readonly RunItem[] {
    const isPaused = (image: string) =>
      Math.max(this.rebuilder.pausedUntil(image), awaited.get(image)?.until ?? 0) > now;
    return runSet(fleet, verdict, isPaused);
  }

  /** What waits for other repositories' images, of all that is to be rebuilt. */
  private async awaitedOf(project: WatchProject, verdict: Verdict, now: number): Promise<ReadonlyMap<string, Awaited>> {
    const rebuilds = verdict.actions.filter(({ kind }) => kind === "rebuild");
    const federation = rebuilds.length === 0 ? undefined : await this.world.federations.read(project);
    if (federation === undefined) return new Map();
    const awaited = awaitedElsewhere(federation, project.fleet.watched, this.known.states, verdict, now);
    for (const { image } of rebuilds) {
      const { images = [], until } = awaited.get(image) ?? {};
      if (until === undefined) continue;
      this.mentions.mention(image, `awaits ${images.join(", ")}, gives up ${toInstant(until)}`);
    }
    return awaited;
  }

  /** Recalled images go back to their last good build at once; what is built anew comes after. */
  private async takeBack(
    project: WatchProject,
    moves: readonly Exclude<Action, { kind: "rebuild" }>[],
    now: number,
  ): Promise<void> {
    const { known, world } = this;
    for (const move of moves) {
      await world.moveTags(move, (digest) => this.decider.isRecalled(project, known.states, digest));
      known.states = await world.store.update(`${move.image}: ${move.kind}, since ${move.reason}`, (states) => {
        const state = states.get(move.image);
        return state === undefined ? [] : [carryOut(state, move, now)];
      });
      world.tell(`${move.image}: ${move.kind} ${move.digest}, since ${move.reason}`);
    }
  }

  private armFor({ nextDue }: Verdict, awaited: ReadonlyMap<string, Awaited>, now: number): void {
    const ends = [...this.rebuilder.ends, ...[...awaited.values()].map(({ until }) => until ?? 0)];
    const due = nextDue === undefined ? Number.POSITIVE_INFINITY : toMs(nextDue);
    this.dueAt = Math.min(due, this.reconcileAt, ...ends.filter((time) => time > now));
    this.arm();
  }

  private arm(): void {
    this.callOff();
    if (!this.stopped) this.callOff = this.world.clock.ringAt(Math.min(this.dueAt, this.retryAt), () => this.ring());
  }
}

/** The states with the configuration that the project's files give them now. */
function configured(states: States, { enrolments }: WatchProject, now: number): Map<string, ImageState> {
  const changed = regenerate(states, enrolments, toInstant(now));
  return new Map([...states, ...changed.map((state) => [state.image, state] as const)]);
}
