import { createHash } from "node:crypto";
import fc from "fast-check";
import { toInstant } from "../../domain/rebuild/times.js";
import type { BuiltImage, Fleet, RebuildRules, WatchedImage } from "../../domain/rebuild/types.js";
import { type Look, type Move, type Rebuild, World } from "../../domain/simulate/world.js";
import type { Observation } from "../../domain/state/types.js";

export const DAY = 24 * 3_600_000;
export const HOUR = 3_600_000;
/** 1 November 2026. */
export const START = Date.UTC(2026, 10, 1);

export const RULES: RebuildRules = { limit: 3, backOffMs: HOUR / 6, timeoutMs: 6 * HOUR, finishMs: DAY };

export function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

export function sight(digest: string, at: number, more: Partial<Observation> = {}): Observation {
  return { digest, tag: "1", platforms: ["linux/amd64"], firstSeen: toInstant(at), how: "event", ...more };
}

export function watched(name: string, delayDays: number, autoRebuild = true): WatchedImage {
  return { name, delayMs: delayDays * DAY, autoRebuild };
}

export function image(id: string, ...bases: readonly string[]): BuiltImage {
  return { id, bases, autoRebuild: true };
}

/** The contents of a build follow from what it was built on, as with a reproducible builder. */
export function buildOf({ image: id, on }: Pick<Rebuild, "image" | "on">, variant = "") {
  return { digest: digestOf(`${id} ${variant} ${on.map(({ digest }) => digest).join(" ")}`), source: "1" };
}

/** Builds all that is ready, wave after wave, each in no time. Returns the rebuilds in their order. */
export function rebuildAll(
  world: World,
  now: number,
  fails: (id: string) => boolean = () => false,
): readonly Rebuild[] {
  const done: Rebuild[] = [];
  for (;;) {
    const { rebuilds } = world.look(now);
    if (rebuilds.length === 0) return done;
    for (const rebuild of rebuilds) {
      world.start(rebuild, now);
      world.end(rebuild, fails(rebuild.image) ? "failed" : buildOf(rebuild), now);
      done.push(rebuild);
    }
  }
}

/** A world in which every watched image is adopted at its first digest and everything is built on it. */
export function settledWorld(fleet: Fleet, rules = RULES): World {
  const world = new World(fleet, rules);
  for (const { name, delayMs } of fleet.watched) world.see(name, sight(firstDigest(name), START - delayMs - DAY));
  rebuildAll(world, START);
  return world;
}

export function firstDigest(name: string): string {
  return digestOf(`${name} first`);
}

export function liveOf(world: World, name: string): string | undefined {
  return world.states.get(name)?.adopted?.digest;
}

/** Something that happens to a world, so many minutes after what happened before. */
export interface Happening {
  readonly after: number;
  readonly what:
    | { readonly kind: "push"; readonly source: number; readonly digest: number; readonly sameAs?: number }
    | { readonly kind: "proof"; readonly source: number; readonly digest: number; readonly clean: boolean }
    | { readonly kind: "recall"; readonly pick: number }
    | { readonly kind: "pardon" }
    | { readonly kind: "end"; readonly pick: number; readonly how: "built" | "same" | "failed" | "interrupted" }
    | { readonly kind: "wait" };
}

/** Sources s0.., images i0..: each stands on earlier ones and on sources. */
export function fleets(): fc.Arbitrary<Fleet> {
  return fc
    .record({
      sources: fc.array(fc.record({ delay: fc.constantFrom(0, 0, 1, 7), auto: fc.nat(9) }), {
        minLength: 1,
        maxLength: 3,
      }),
      images: fc.array(fc.record({ parents: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }), auto: fc.nat(12) }), {
        minLength: 1,
        maxLength: 9,
      }),
    })
    .map(({ sources, images }) => ({
      watched: sources.map(({ delay, auto }, index) => watched(`s${index}`, delay, auto > 0)),
      built: images.map(({ parents, auto }, index) => {
        const names = [...sources.keys()]
          .map((each) => `s${each}`)
          .concat([...Array(index).keys()].map((each) => `i${each}`));
        // The latest image counts half: chains are where generations mix.
        const bases = parents.map((pick) =>
          pick % 2 === 0 && index > 0 ? `i${index - 1}` : (names[pick % names.length] ?? "s0"),
        );
        return { id: `i${index}`, bases: [...new Set(bases)], autoRebuild: auto > 0 };
      }),
    }));
}

export function happenings(): fc.Arbitrary<readonly Happening[]> {
  const push = fc.record(
    { kind: fc.constant("push" as const), source: fc.nat(2), digest: fc.nat(7), sameAs: fc.nat(3) },
    { requiredKeys: ["kind", "source", "digest"] },
  );
  const proof = fc.record({
    kind: fc.constant("proof" as const),
    source: fc.nat(2),
    digest: fc.nat(7),
    clean: fc.boolean(),
  });
  const end = fc.record({
    kind: fc.constant("end" as const),
    pick: fc.nat(9),
    how: fc.constantFrom("built", "built", "built", "built", "same", "failed", "failed", "interrupted"),
  });
  return fc.array(
    fc.record({
      after: fc.constantFrom(0, 0, 1, 10, 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60),
      what: fc.oneof(
        { weight: 4, arbitrary: push },
        { weight: 1, arbitrary: proof },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant("recall" as const), pick: fc.nat(40) }) },
        { weight: 1, arbitrary: fc.constant({ kind: "pardon" as const }) },
        { weight: 10, arbitrary: end },
        { weight: 1, arbitrary: fc.constant({ kind: "wait" as const }) },
      ),
    }),
    { minLength: 5, maxLength: 60 },
  );
}

/** Sees what a look found, and the world after it. */
export interface Step {
  readonly now: number;
  readonly look: Look;
  readonly before: ReadonlyMap<string, string | undefined>;
  readonly recalled: ReadonlySet<string>;
  readonly proofs: ReadonlySet<string>;
}

/** Lets things happen, and starts every rebuild that is ready; `check` sees the world after each look. */
export function play(world: World, list: readonly Happening[], check: (step: Step) => void = () => {}): number {
  let now = START;
  let running: Rebuild[] = [];
  const recalled = new Set<string>();
  const proofs = new Set<string>();
  const look = () => {
    const before = new Map([...world.states].map(([name, { adopted }]) => [name, adopted?.digest]));
    const seen = world.look(now);
    check({ now, look: seen, before, recalled, proofs });
    for (const rebuild of seen.rebuilds) {
      world.start(rebuild, now);
      running = [...running.filter((each) => each.image !== rebuild.image), rebuild];
    }
  };
  for (const { after, what } of list) {
    now += after * 60_000;
    look();
    switch (what.kind) {
      case "push": {
        const name = `s${what.source % world.fleet.watched.length}`;
        const contents = what.sameAs === undefined ? {} : { contents: `${name} contents ${what.sameAs}` };
        world.see(name, sight(digestOf(`${name} ${what.digest} ${what.sameAs}`), now, contents));
        break;
      }
      case "proof": {
        const name = `s${what.source % world.fleet.watched.length}`;
        const ledger = world.states.get(name)?.ledger ?? [];
        const to = ledger[what.digest % ledger.length]?.digest;
        const from = liveOf(world, name);
        if (to === undefined || from === undefined) break;
        const unrelated = what.clean ? [] : ["bash"];
        world.compare({ image: name, from, to, fixed: [{ cve: "CVE-1", severity: "HIGH" }], unrelated });
        if (what.clean) proofs.add(`${from} ${to}`);
        break;
      }
      case "recall": {
        const digests = [...world.states.values()].flatMap(({ ledger }) => ledger.map(({ digest }) => digest));
        const digest = digests[what.pick % digests.length];
        if (digest !== undefined) recalled.add(digest);
        world.recall([...recalled].map(recallLine));
        break;
      }
      case "pardon":
        recalled.clear();
        world.recall([]);
        break;
      case "end": {
        const rebuild = running[what.pick % Math.max(1, running.length)];
        if (rebuild === undefined) break;
        running = running.filter((each) => each !== rebuild);
        const same = { ...buildOf(rebuild, "same"), contents: `${rebuild.image} same` };
        world.end(rebuild, what.how === "built" ? buildOf(rebuild) : what.how === "same" ? same : what.how, now);
        break;
      }
      case "wait":
    }
    look();
  }
  return now;
}

export function recallLine(digest: string) {
  return { digest, image: "x", reason: "it is bad", by: "test", date: "2026-11-01" };
}

export function movesOf(look: Look, kind: Move["kind"]): readonly string[] {
  return look.moves.filter((move) => move.kind === kind).map((move) => move.image);
}
