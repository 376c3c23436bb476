import type { Awaited } from "../../domain/federation/awaited.js";
import type { RunItem } from "../../domain/rebuild/run-set.js";
import { toInstant } from "../../domain/rebuild/times.js";
import { type Action, DEFAULT_RULES, type Verdict } from "../../domain/rebuild/types.js";
import type { StandsOn } from "../../domain/state/types.js";
import type { Decider } from "./decider.js";
import { type Ended, recordRuns, recordStarts } from "./records.js";
import type { RebuildRun, RunHooks } from "./run-rebuild.js";
import type { WatchProject } from "./watch-project.js";
import type { Known, WatchWorld } from "./watch-world.js";

/** Runs the engine for the images that were decided on, and enters when each began and what came of it. */
export class Rebuilder {
  /** When an image may be tried again that a run did not come to, or whose move it did not make. */
  private readonly pauses = new Map<string, number>();

  constructor(
    private readonly world: Pick<WatchWorld, "store" | "clock" | "released" | "run" | "tell">,
    private readonly known: Known,
    private readonly decider: Decider,
  ) {}

  /** Milliseconds since 1970; 0 where an image was never put off. */
  pausedUntil(image: string): number {
    return this.pauses.get(image) ?? 0;
  }

  /** The ends of all pauses, milliseconds since 1970. */
  get ends(): readonly number[] {
    return [...this.pauses.values()];
  }

  /**
   * @param awaited what waits for other repositories' images; who is rebuilt nevertheless waited in vain
   * @returns the run's exit code; 0 where somebody else runs the engine
   */
  async rebuild(
    project: WatchProject,
    items: readonly RunItem[],
    { actions }: Verdict,
    awaited: ReadonlyMap<string, Awaited>,
  ): Promise<number> {
    const { known, world } = this;
    const names = items.map(({ image }) => image).join(", ");
    const begun = begunNow(actions, items, awaited);
    world.tell(`Rebuilding ${names}.`);
    known.states = await world.store.update(`Start to rebuild ${names}`, (states) =>
      recordStarts(states, begun, toInstant(world.clock.now())),
    );
    if (world.run === undefined) return 0;
    const { ended, run } = await this.run(world.run, project, items, new Set(begun.map(({ image }) => image)));
    const at = toInstant(world.clock.now());
    // A run that never came to its images says nothing of them.
    const reached = run.images.some(({ state }) => state === "failed") || run.code === 0;
    for (const { id, state } of run.images) {
      if (!ended.has(id) && reached) ended.set(id, { outcome: state, at });
    }
    for (const { id, text } of run.troubles) world.tell(id === "" ? text : `${id}: ${text}`);
    const released = await world.released(project);
    known.states = await world.store.update(`Rebuilt ${names}`, (states) =>
      recordRuns(states, released, ended, at, (digest) => this.decider.isRecalled(project, states, digest)),
    );
    this.pauseWhatIsNotDone(actions, ended);
    return run.code;
  }

  /** @param started those whose start is entered already */
  private async run(
    run: NonNullable<WatchWorld["run"]>,
    project: WatchProject,
    items: readonly RunItem[],
    started: Set<string>,
  ) {
    const { clock, store, tell } = this.world;
    const chosen = new Map(items.map((item) => [item.image, item]));
    const means = new Map([...this.known.states].map(([image, { adopted }]) => [image, adopted?.digest]));
    const ended = new Map<string, Ended>();
    let writing: Promise<unknown> = Promise.resolve();
    const done = await runOrTell(run, project, items, {
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
    return { ended, run: done };
  }

  /** Attempts pace those rebuilds that the engine came to. */
  private pauseWhatIsNotDone(actions: readonly Action[], ended: ReadonlyMap<string, Ended>): void {
    for (const action of actions) {
      const outcome = ended.get(action.image)?.outcome ?? "skipped";
      const isDone =
        action.kind === "rebuild"
          ? outcome !== "skipped"
          : this.known.states.get(action.image)?.adopted?.digest === action.digest;
      if (!isDone) this.pauses.set(action.image, this.world.clock.now() + DEFAULT_RULES.backOffMs);
    }
  }
}

/** The rebuilds that begin with the run; others of its images follow what they stand on. */
function begunNow(
  actions: readonly Action[],
  items: readonly RunItem[],
  awaited: ReadonlyMap<string, Awaited>,
): readonly { readonly image: string; readonly on: readonly StandsOn[]; readonly cause: string }[] {
  const chosen = new Set(items.map(({ image }) => image));
  return actions.flatMap((action) => {
    if (action.kind !== "rebuild" || !chosen.has(action.image)) return [];
    const { image, on, reason } = action;
    const without = awaited.get(image)?.images ?? [];
    const cause = without.length === 0 ? reason : `${reason} ${without.join(", ")} did not come in time.`;
    return [{ image, on, cause }];
  });
}

async function runOrTell(
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
