import assert from "node:assert/strict";
import fc from "fast-check";
import { RebuildEngine } from "../../domain/rebuild/engine.js";
import { toMs } from "../../domain/rebuild/times.js";
import type { Verdict } from "../../domain/rebuild/types.js";
import type { Recall } from "../../domain/recall/types.js";
import { World } from "../../domain/simulate/world.js";
import { renderState } from "../../domain/state/render.js";
import type { ImageState } from "../../domain/state/types.js";
import {
  DAY,
  digestOf,
  fleets,
  type Happening,
  HOUR,
  happenings,
  liveOf,
  play,
  RULES,
  rebuildAll,
  recallLine,
  type Step,
  settledWorld,
  sight,
} from "./worlds.js";

const RUNS = { numRuns: 200 };

/** Holds after every look of every random history of a random fleet. */
function holds(check: (world: World, step: Step) => void): void {
  fc.assert(
    fc.property(fleets(), happenings(), (fleet, list) => {
      const world = settledWorld(fleet);
      play(world, list, (step) => check(world, step));
    }),
    RUNS,
  );
}

describe("the rebuild engine, on random fleets and histories", () => {
  it("adopts nothing before it has soaked, unless it is proved", () => {
    holds((world, { look, now, before, proofs }) => {
      for (const { name, delayMs } of world.fleet.watched) {
        for (const move of look.moves) {
          if (move.image !== name || move.kind !== "adopt") continue;
          const seen = world.states.get(name)?.ledger.find(({ digest }) => digest === move.digest)?.firstSeen ?? "";
          const soaked = now >= toMs(seen) + delayMs;
          assert.ok(soaked || proofs.has(`${before.get(name)} ${move.digest}`) || isLaterProof(look, move, proofs));
        }
      }
    });
  });

  it("never builds on a parent of an older generation", () => {
    holds((world, { look }) => {
      for (const { on } of look.rebuilds) {
        for (const base of on) {
          assert.equal(base.digest, liveOf(world, base.image));
          assertSettled(world, base.image);
        }
      }
    });
  });

  it("rebuilds nothing without a cause", () => {
    holds((world, { look }) => {
      for (const { image, causes, on } of look.rebuilds) {
        const state = stateOf(world, image);
        const known = (state.builds ?? []).filter((build) => build.source === state.builds?.at(-1)?.source);
        const fits = known.some((build) =>
          build.on.every((base, at) => sameContents(world, base.digest, on[at]?.digest)),
        );
        assert.ok(!fits, `${image} was built on these bases before`);
        assert.ok(causes.length > 0 || state.adopted === undefined, `${image} has no cause`);
      }
    });
  });

  it("leaves nothing live that is recalled or was built on what is", () => {
    holds((world, { recalled }) => {
      const bans = new Set(recalled);
      const builds = [...world.states.values()].flatMap((state) => state.builds ?? []);
      for (const _ of builds) {
        for (const { digest, on } of builds) if (on.some((base) => bans.has(base.digest))) bans.add(digest);
      }
      for (const { adopted, image } of world.states.values()) {
        assert.ok(adopted === undefined || !bans.has(adopted.digest), `${image} is live on what is recalled`);
      }
    });
  });

  it("starts no rebuild twice at a time, and gives up after as many failures as allowed", () => {
    holds((world, { look, now }) => {
      for (const { image, on } of look.rebuilds) {
        const { attempts } = stateOf(world, image);
        const open = attempts.filter(({ end, start }) => end === undefined && toMs(start) + RULES.timeoutMs > now);
        assert.deepEqual(open, []);
        // One that succeeded settles everything before it.
        const since = attempts.slice(attempts.findLastIndex(({ result }) => result === "succeeded") + 1);
        const failures = since.filter(
          (each) => each.result === "failed" && each.on?.every(({ digest }, at) => digest === on[at]?.digest),
        );
        assert.ok(failures.length < RULES.limit, `${failures.length} failures`);
        const last = failures.at(-1)?.end;
        if (last !== undefined) {
          assert.ok(now >= toMs(last) + RULES.backOffMs * 2 ** (failures.length - 1), "too soon after a failure");
        }
      }
    });
  });

  it("holds what stands on something unfinished, and nobody else", () => {
    holds((world, { look }) => {
      for (const waiting of look.waiting()) {
        const fleet = world.fleet.built.find(({ id }) => id === waiting.image);
        if (fleet === undefined || (waiting.kind !== "wave" && !waiting.reason.startsWith("it stands on"))) continue;
        const unsettled = fleet.bases.filter((base) => !isSettled(world, base));
        assert.notDeepEqual(unsettled, [], `${waiting.image} is held by none of its parents`);
      }
      const touched = new Set([...look.rebuilds, ...look.waiting()].map(({ image }) => image));
      for (const { id } of world.fleet.built) {
        assert.equal(isSettled(world, id), !touched.has(id), `${id}: ${touched.has(id) ? "touched" : "forgotten"}`);
      }
    });
  });

  it("decides the same, told step by step or all at once, and in any order", () => {
    fc.assert(
      fc.property(fleets(), happenings(), fc.boolean(), (fleet, list, reverse) => {
        const world = settledWorld(fleet);
        const recalls: string[] = [];
        const now = play(world, list, ({ recalled }) => {
          recalls.splice(0, recalls.length, ...recalled);
        });
        world.recall(recalls.map(recallLine));
        const states = [...world.states.values()];
        const facts = {
          states: reverse ? states.reverse() : states,
          recalls: recalls.map(recallLine),
          differences: world.differences,
        };
        const turned = { ...fleet, watched: fleet.watched.toReversed() };
        const again = new RebuildEngine(reverse ? turned : fleet, facts, RULES);
        assert.deepEqual(plain(again.decide(now)), plain(world.engine.decide(now)));
      }),
      RUNS,
    );
  });

  it("decides at every look what an engine decides that looks for the first time", () => {
    const jumps = fc.infiniteStream(fc.constantFrom(0, 0, -7 * DAY, -HOUR, HOUR, 7 * DAY));
    fc.assert(
      fc.property(fleets(), happenings(), jumps, fc.nat(20), (fleet, list, jump, late) => {
        const world = settledWorld(fleet);
        holdAgainstNew(world);
        let steps = 0;
        play(world, list, ({ now }) => {
          steps += 1;
          if (steps === late) learnContents(world, late);
          world.engine.decide(now + jump.next().value);
        });
      }),
      RUNS,
    );
  });

  it("keeps the same bytes, in whatever order sights arrive and however often", () => {
    const sights = fc.array(fc.record({ digest: fc.nat(4), at: fc.nat(3), tag: fc.constantFrom("1", "2") }), {
      maxLength: 12,
    });
    const order = sights.chain((list) =>
      fc.record({
        list: fc.constant(list),
        shuffled: fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
      }),
    );
    fc.assert(
      fc.property(order, ({ list, shuffled }) => {
        const bytesAfter = (seen: typeof list) => {
          const world = new World({ watched: [{ name: "s0", delayMs: 0, autoRebuild: true }], built: [] }, RULES);
          for (const { digest, at, tag } of seen) world.see("s0", sight(digestOf(`${digest}`), at * 1000, { tag }));
          world.look(10_000);
          return renderState(stateOf(world, "s0"));
        };
        assert.equal(bytesAfter(shuffled), bytesAfter(list));
      }),
      RUNS,
    );
  });

  it("takes no notice of our own pushes and signatures", () => {
    fc.assert(
      fc.property(fleets(), happenings(), (fleet, list) => {
        const world = settledWorld(fleet);
        const now = play(world, list);
        const before = plain(world.engine.decide(now));
        for (const { image, builds = [], ledger } of [...world.states.values()]) {
          for (const { digest } of builds) {
            world.see(image, sight(digest, now));
            world.see("s0", sight(digest, now));
          }
          for (const { digest } of ledger)
            world.see("s0", sight(digestOf(digest), now, { tag: digest.replace(":", "-") }));
        }
        assert.deepEqual(plain(world.engine.decide(now)), before);
      }),
      RUNS,
    );
  });

  it("comes to rest: when all builds succeed, everything is settled, or waits for a person or a soak", () => {
    fc.assert(
      fc.property(fleets(), happenings(), (fleet, list) => {
        const world = settledWorld(fleet);
        let now = play(world, list);
        for (let round = 0; round < 400; round += 1) {
          rebuildAll(world, now);
          const { nextDue, waiting, rebuilds } = world.look(now);
          assert.deepEqual(rebuilds, []);
          if (nextDue === undefined) {
            const stuck = [...waiting()].filter(
              ({ kind, reason }) => kind === "wave" || /is being built|tried again|soaked, but/.test(reason),
            );
            assert.deepEqual(stuck, []);
            return;
          }
          assert.ok(toMs(nextDue) > now, "due at once, though nothing was to be done");
          now = toMs(nextDue);
        }
        assert.fail("it never comes to rest");
      }),
      RUNS,
    );
  });
});

describe("recall, on 1,000 random fleets", () => {
  it("puts everything back in one look, and pardons nothing by itself", () => {
    fc.assert(
      fc.property(fleets(), happenings(), fc.nat(40), (fleet, list, pick) => {
        const world = settledWorld(fleet);
        const now = play(
          world,
          list.filter(({ what }: Happening) => what.kind !== "recall" && what.kind !== "pardon"),
        );
        const digests = [...world.states.values()].flatMap(({ ledger }) => ledger.map(({ digest }) => digest));
        const digest = digests[pick % digests.length] ?? "";
        world.recall([recallLine(digest)]);
        for (const later of [now, now + 1000, now + 40 * 24 * 3_600_000]) {
          rebuildAll(world, later);
          for (const { image, adopted } of world.states.values()) {
            assert.ok(
              adopted === undefined || !lineage(world, adopted.digest).has(digest),
              `${image} at ${later - now}`,
            );
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Compares each decision from now on with that of an engine that is told all that is known. */
function holdAgainstNew({ engine, fleet, states, differences }: World): void {
  let recalls: readonly Recall[] = [];
  const setRecalls = engine.setRecalls.bind(engine);
  engine.setRecalls = (lines) => {
    recalls = lines;
    setRecalls(lines);
  };
  const decide = engine.decide.bind(engine);
  engine.decide = (now, most) => {
    const facts = { states: states.values(), recalls, differences };
    const verdict = decide(now, most);
    assert.deepEqual(plain(verdict), plain(new RebuildEngine(fleet, facts, RULES).decide(now, most)));
    return verdict;
  };
}

/** Digests that were known already turn out to hold the same. */
function learnContents(world: World, pick: number): void {
  const all = [...world.states.values()];
  const state = all[pick % all.length];
  if (state === undefined) return;
  const ledger = state.ledger.map((entry) => ({ ...entry, contents: "late" }));
  const builds = state.builds?.map((entry) => ({ ...entry, contents: "late" }));
  const next = { ...state, ledger, ...(builds === undefined ? {} : { builds }) };
  world.states.set(state.image, next);
  world.engine.setState(next);
}

function stateOf(world: World, image: string): ImageState {
  const state = world.states.get(image);
  assert.ok(state !== undefined, image);
  return state;
}

/** A proof against what the image meant in between: several adoptions can fall into one look. */
function isLaterProof(look: Step["look"], move: { readonly digest: string }, proofs: ReadonlySet<string>): boolean {
  return look.moves.some((each) => proofs.has(`${each.digest} ${move.digest}`));
}

function assertSettled(world: World, image: string): void {
  assert.ok(isSettled(world, image), `${image} is of an older generation`);
}

/** Whether it, and all below it, was built on what its bases are now: from the states alone, without the engine. */
function isSettled(world: World, image: string): boolean {
  const state = stateOf(world, image);
  const { adopted, builds = [] } = state;
  if (adopted === undefined) return false;
  const fleet = world.fleet.built.find(({ id }) => id === image);
  if (fleet === undefined) return true;
  if (!fleet.bases.every((base) => isSettled(world, base))) return false;
  return builds.some(
    (build) =>
      sameContents(world, build.digest, adopted.digest) &&
      build.on.every((base) => sameContents(world, base.digest, liveOf(world, base.image))),
  );
}

function sameContents(world: World, left: string, right: string | undefined): boolean {
  if (right === undefined) return false;
  const entries = [...world.states.values()].flatMap(({ ledger }) => ledger);
  const contents = (digest: string) => entries.find((entry) => entry.digest === digest)?.contents ?? digest;
  return contents(left) === contents(right);
}

/** A digest and all that it was built on. */
function lineage(world: World, digest: string): ReadonlySet<string> {
  const builds = [...world.states.values()].flatMap((state) => state.builds ?? []);
  const found = new Set([digest]);
  for (const each of found) {
    for (const build of builds) {
      if (build.digest === each) for (const base of build.on) found.add(base.digest);
    }
  }
  return found;
}

function plain({ actions, nextDue, ...verdict }: Verdict) {
  return { actions, nextDue, waiting: [...verdict.waiting()] };
}
