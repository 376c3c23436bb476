import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RebuildEngine } from "../domain/rebuild/engine.js";
import type { BuiltImage, Fleet } from "../domain/rebuild/types.js";
import { policiesOf } from "../domain/simulate/policies.js";
import { simulate } from "../domain/simulate/simulate.js";
import { synthesize } from "../domain/simulate/synthesize.js";
import { built, newState, observe } from "../domain/state/transitions.js";
import type { ImageState, Observation } from "../domain/state/types.js";
import { type Timing, timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const SIZES = [1_000, 10_000, 100_000];
const EDGES_AN_IMAGE = 3;
const WATCHED = 20;
const FIRST_LAYER = 500;
const ROUNDS = 5;
const EVENTS = 20;
const GOAL_MS = 500;
const GOAL_BYTES = 2 ** 30;
const GOAL_EVENT_MS = 20;
const YEAR_IMAGES = 1_000;
const GOAL_YEAR_MS = 10_000;
/** Times per image may differ by this between the sizes and still be called linear: caches and collections have their share. */
const LINEAR_WITHIN = 3;
const NOW = Date.UTC(2026, 10, 21);
const CHANGED = "docker.io/library/base-0:1";

/**
 * A base of everything gets a new digest. A cascade is from states in memory to all decisions, indexing included; one more
 * event is a wave's result, told to the engine that is there already, to all decisions again.
 */
export async function benchCascade(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  const perImage: number[] = [];
  for (const size of SIZES) {
    const { fleet, states } = synthetic(size);
    const times: number[] = [];
    let engine = engineOf(fleet, states);
    for (let round = 0; round < ROUNDS; round += 1) {
      collect();
      const start = performance.now();
      engine = engineOf(fleet, states);
      const decided = decideAll(engine);
      times.push(performance.now() - start);
      if (decided !== size + 1) throw new Error(`${decided} decisions for ${size} images`);
    }
    const bytes = process.resourceUsage().maxRSS * 1024;
    const cascade = timingOf(times);
    perImage.push(cascade.min / size);
    rows.push(cascadeRow(size, cascade, bytes, Math.max(...perImage) / Math.min(...perImage)));
    if (size === SIZES.at(-1)) rows.push(eventRow(engine, fleet, states));
  }
  return [...rows, yearRow()];
}

function yearRow(): BenchRow {
  const scenario = synthesize({ seed: "bench", days: 365, images: YEAR_IMAGES });
  const [policy] = policiesOf([7 * 24 * 3_600_000]);
  if (policy === undefined) throw new Error("there is no policy");
  const start = performance.now();
  const { builds } = simulate(scenario, policy);
  const ours = timingOf([performance.now() - start]);
  return {
    name: `simulate a year of ${YEAR_IMAGES.toLocaleString("en")} images`,
    ours,
    result: `${builds.toLocaleString("en")} builds`,
    goal: { text: "under 10 s", met: ours.min < GOAL_YEAR_MS },
    notes: "one policy, 7 days of soak",
  };
}

function cascadeRow(size: number, cascade: Timing, bytes: number, spread: number): BenchRow {
  const largest = size === SIZES.at(-1);
  const row = {
    name: `decide a cascade of ${size.toLocaleString("en")} images and ${(size * EDGES_AN_IMAGE).toLocaleString("en")} edges`,
    ours: cascade,
    result: `${cascade.min.toFixed(1)} ms, ${((cascade.min / size) * 1000).toFixed(1)} µs an image, ${Math.round(bytes / 2 ** 20)} MiB`,
    notes: "from states in memory to every decision with its reason; memory is the peak of the whole process",
  };
  if (!largest) return row;
  const met = cascade.min < GOAL_MS && bytes < GOAL_BYTES && spread < LINEAR_WITHIN;
  return { ...row, goal: { text: `under 0.5 s and 1 GiB, linear (here within ${spread.toFixed(1)} times)`, met } };
}

function eventRow(engine: RebuildEngine, fleet: Fleet, states: readonly ImageState[]): BenchRow {
  const times: number[] = [];
  const byImage = new Map(states.map((state) => [state.image, state]));
  for (const { id, bases } of fleet.built.slice(0, EVENTS)) {
    const state = byImage.get(id);
    if (state === undefined) throw new Error(`${id} has no state`);
    const on = bases.map((image) => ({ image, digest: digest(image, image === CHANGED ? 2 : 1) }));
    const next = built(state, { digest: digest(id, 2), on, at: "2026-11-20T00:00:00Z" }, "b", []);
    const start = performance.now();
    engine.setState(next);
    const { actions } = engine.decide(NOW);
    times.push(performance.now() - start);
    if (actions.length === 0) throw new Error("nothing was decided");
  }
  const ours = timingOf(times);
  return {
    name: `  one more event in it`,
    ours,
    result: `${ours.min.toFixed(1)} ms`,
    goal: { text: "under 20 ms", met: ours.min < GOAL_EVENT_MS },
    notes: "a rebuild's result: to all that is to be done now; what waits is listed on demand",
  };
}

function decideAll(engine: RebuildEngine): number {
  const { actions, waiting } = engine.decide(NOW);
  let count = actions.length;
  for (const _ of waiting()) count += 1;
  return count;
}

function engineOf(fleet: Fleet, states: readonly ImageState[]): RebuildEngine {
  return new RebuildEngine(fleet, { states, recalls: [], differences: [] });
}

/** Images on three earlier ones each, in a few layers; the first of them stand on the changed base, among others. */
function synthetic(size: number): { readonly fleet: Fleet; readonly states: readonly ImageState[] } {
  const watched = Array.from({ length: WATCHED }, (_, index) => `docker.io/library/base-${index}:1`);
  const names = Array.from({ length: size }, (_, index) => `image-${index}`);
  const first = Math.min(size / 10, FIRST_LAYER);
  const images = names.map((id, index): BuiltImage => {
    const bases =
      index < first
        ? [CHANGED, watched[1 + (index % 9)], watched[10 + (index % 10)]]
        : [names[index % first], names[Math.floor(index / 2)], names[Math.floor(index / 3)]];
    return { id, bases: [...new Set(bases.filter((base) => base !== undefined))], autoRebuild: true };
  });
  const fleet = { watched: watched.map((name) => ({ name, delayMs: 0, autoRebuild: true })), built: images };
  const old = "2026-10-01T00:00:00Z";
  const states = [
    ...watched.map((name) => {
      const seen = observe(newState(name, "external"), sight(digest(name, 1), old));
      const adopted = {
        ...seen,
        adopted: { digest: digest(name, 1), tag: "1", platforms: [], at: old, cause: "bench" },
      };
      return name === CHANGED ? observe(adopted, sight(digest(name, 2), "2026-11-20T00:00:00Z")) : adopted;
    }),
    ...images.map(({ id, bases }) => {
      const on = bases.map((image) => ({ image, digest: digest(image, 1) }));
      const state = built(newState(id, "managed"), { digest: digest(id, 1), on, at: old }, "b", []);
      return { ...state, adopted: { digest: digest(id, 1), tag: "b", platforms: [], at: old, cause: "bench" } };
    }),
  ];
  return { fleet, states };
}

function sight(of: string, firstSeen: string): Observation {
  return { digest: of, tag: "1", platforms: [], firstSeen, how: "event" };
}

function digest(name: string, generation: number): string {
  return `sha256:${Buffer.from(`${generation} ${name}`).toString("hex").padEnd(64, "0").slice(0, 64)}`;
}

function collect(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
