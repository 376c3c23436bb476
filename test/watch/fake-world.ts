import { createHash } from "node:crypto";
import type { Federation } from "../../domain/federation/types.js";
import type { ImageGraph } from "../../domain/graph/types.js";
import type { RunItem } from "../../domain/rebuild/run-set.js";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Difference, Fleet } from "../../domain/rebuild/types.js";
import type { ImageState, Observation, StandsOn } from "../../domain/state/types.js";
import type { Clock } from "../../tools/rebuild/clock.js";
import type { Ended } from "../../tools/rebuild/records.js";
import type { Look } from "../../tools/rebuild/registries.js";
import type { Released } from "../../tools/rebuild/released.js";
import type { RebuildRun, RunHooks } from "../../tools/rebuild/run-rebuild.js";
import type { StateStore, States } from "../../tools/rebuild/state-store.js";
import type { Watched, WatchProject } from "../../tools/rebuild/watch-project.js";
import type { WatchWorld } from "../../tools/rebuild/watch-world.js";

/** A clock that stands still until somebody moves it. */
export class TestClock implements Clock {
  private readonly bells = new Set<{ readonly time: number; readonly ring: () => void }>();

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  ringAt(time: number, ring: () => void): () => void {
    const bell = { time, ring };
    this.bells.add(bell);
    return () => this.bells.delete(bell);
  }

  /** When the next bell rings. */
  get next(): number | undefined {
    const times = [...this.bells].map(({ time }) => time);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  moveTo(time: number): void {
    this.time = time;
    for (const bell of [...this.bells]) {
      if (bell.time > time) continue;
      this.bells.delete(bell);
      bell.ring();
    }
  }
}

/** States in memory, which outlive the watch that wrote them. */
export class MemoryStore implements StateStore {
  states: States = new Map();
  private queue: Promise<unknown> = Promise.resolve();

  async read(): Promise<States> {
    return this.states;
  }

  update(_cause: string | (() => string), change: (states: States) => readonly ImageState[]): Promise<States> {
    const next = this.queue.then(() => {
      const all = new Map(this.states);
      for (const state of change(this.states)) all.set(state.image, state);
      this.states = all;
      return all;
    });
    this.queue = next.catch(() => {});
    return next;
  }
}

export const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

export interface FakeImage {
  readonly id: string;
  readonly bases: readonly string[];
}

/**
 * Registries and engine of a world in memory. Whatever a watch asks of it may be cut off in the middle, as by a kill: from then
 * on nothing that this watch does has an effect.
 */
export class FakeWorld {
  readonly clock: TestClock;
  readonly store = new MemoryStore();
  /** What each watched tag means now, by image. */
  readonly upstream = new Map<string, string>();
  readonly mirrored = new Set<string>();
  /** By image: what is released, as the engine's own state has it. */
  readonly releases = new Map<string, Released>();
  readonly differences = new Map<string, Difference>();
  /** Ids that cannot be built on this digest: `<id> <digest>`. */
  readonly broken = new Set<string>();
  readonly lines: string[] = [];
  /** What records of runs say, where somebody else ran the engine. */
  recorded: ReadonlyMap<string, Ended> = new Map();
  /** What other repositories build; undefined without any. */
  federation: Federation | undefined;
  looks = 0;
  runs: (readonly string[])[] = [];
  readonly project: WatchProject;

  constructor(
    private readonly images: readonly FakeImage[],
    watched: Fleet["watched"],
    start: number,
  ) {
    this.clock = new TestClock(start);
    const built = images.map(({ id, bases }) => ({ id, bases, autoRebuild: true }));
    const entries = watched.map(({ name }): [string, readonly Watched[]] => {
      const repoURL = name.slice(0, name.lastIndexOf(":"));
      return [
        repoURL,
        [{ image: name, warehouse: { repoURL, allowTags: `^${name.slice(name.lastIndexOf(":") + 1)}$` } }],
      ];
    });
    const enrolments = [
      ...entries.flatMap(([, all]) =>
        all.map(({ image, warehouse }) => {
          const dependents = images.filter(({ bases }) => bases.includes(image)).map(({ id }) => id);
          return { image, kind: "external" as const, warehouse, dependents };
        }),
      ),
      ...images.map(({ id }) => ({ image: id, kind: "managed" as const, dependents: [] })),
    ];
    const graph: ImageGraph = { nodes: [], dependents: new Map(), externals: [] };
    this.project = {
      catalogue: {
        images: [],
        mixins: [],
        externals: [],
        remotes: [],
        includes: [],
        defaults: { platforms: [], rebuild: { delayMs: 0, autoRebuild: true } },
      },
      graph,
      fleet: { watched, built },
      enrolments,
      recalls: [],
      watched: new Map(entries),
    };
  }

  /**
   * @param cut called before each thing that a watch does; throws where the watch is dead
   * @param runs false where somebody else runs the engine
   */
  world(cut: (step: string) => void = () => {}, runs = true): WatchWorld {
    const step = async (name: string) => {
      await Promise.resolve();
      cut(name);
    };
    return {
      store: {
        read: async () => {
          await step("read");
          return this.store.read();
        },
        update: async (cause, change) => {
          await step("before update");
          const states = await this.store.update(cause, change);
          await step("after update");
          return states;
        },
      },
      clock: this.clock,
      loadProject: async () => this.project,
      federations: { read: async () => this.federation, refresh: async () => {} },
      look: async ({ image }: Watched, _known: readonly Observation[]): Promise<Look> => {
        await step("look");
        this.looks += 1;
        const digest = this.upstream.get(image);
        if (digest === undefined) return { kind: "gone", image, problem: "it is gone." };
        const tag = image.slice(image.lastIndexOf(":") + 1);
        return { kind: "seen", sight: { image, tag, digest, platforms: [], contents: digest } };
      },
      mirror: async (_repoURL, digest) => {
        await step("mirror");
        this.mirrored.add(digest);
      },
      compare: async (_watched, from, to) => {
        await step("compare");
        return this.differences.get(`${from} ${to}`);
      },
      released: async () => [...this.releases.values()],
      ended: async () => this.recorded,
      ...(runs ? { run: (_project, items, hooks) => this.run(items, hooks, step) } : {}),
      moveTags: async () => step("move tags"),
      tell: (line) => this.lines.push(line),
    };
  }

  /** The run of a workflow: everything, by what is adopted now, and recorded. */
  async runElsewhere(): Promise<void> {
    const items = this.images.map(({ id }) => ({ image: id, ready: true, reason: "" }));
    const { images } = await this.run(items, { began: () => {}, ended: () => {}, tell: () => {} }, async () => {});
    const at = toInstant(this.clock.now());
    this.recorded = new Map(images.map(({ id, state }) => [id, { outcome: state, at }]));
  }

  /** As Pulumi does it: what is chosen, in order, on what its bases came to be; what stands on a failed one is not reached. */
  private async run(
    items: readonly RunItem[],
    hooks: RunHooks,
    step: (name: string) => Promise<void>,
  ): Promise<RebuildRun> {
    const names = items.map(({ image }) => image);
    this.runs.push(names);
    // Pins are read once.
    const pins = new Map([...this.store.states].map(([image, state]) => [image, state.adopted?.digest ?? ""]));
    const lost = new Set<string>();
    const outcomes = new Map<string, RebuildRun["images"][number]>();
    for (const { id, bases } of this.images.filter((each) => names.includes(each.id))) {
      if (bases.some((base) => lost.has(base))) {
        lost.add(id);
        outcomes.set(id, { id, state: "skipped", platforms: [] });
        continue;
      }
      const on: StandsOn[] = bases.map((image) => {
        return { image, digest: this.releases.get(image)?.build.digest ?? pins.get(image) ?? "" };
      });
      const digest = digestOf(`${id} ${on.map((base) => base.digest).join()}`);
      const before = this.releases.get(id);
      if (before?.build.digest === digest) {
        outcomes.set(id, { id, state: "unchanged", digest, platforms: [] });
        continue;
      }
      hooks.began(id);
      await step(`build ${id}`);
      const failed = on.some((base) => this.broken.has(`${id} ${base.digest}`));
      if (failed) lost.add(id);
      else {
        this.releases.set(id, {
          id,
          build: { digest, contents: digest, on, materials: [] },
          platforms: [],
          tag: "local",
        });
      }
      const outcome = failed
        ? ({ id, state: "failed", platforms: [] } as const)
        : ({ id, state: "built", digest, platforms: [] } as const);
      outcomes.set(id, outcome);
      hooks.ended(outcome);
      await step(`built ${id}`);
    }
    return { images: [...outcomes.values()], troubles: [], code: lost.size === 0 ? 0 : 1 };
  }
}
