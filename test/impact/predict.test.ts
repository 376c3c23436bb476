import assert from "node:assert/strict";
import fc from "fast-check";
import { minutesOf } from "../../domain/impact/estimate.js";
import { predict } from "../../domain/impact/predict.js";
import type { Change, Reachable } from "../../domain/impact/types.js";
import { toInstant } from "../../domain/rebuild/times.js";
import type { Fleet } from "../../domain/rebuild/types.js";
import type { World } from "../../domain/simulate/world.js";
import { newState } from "../../domain/state/transitions.js";
import { buildOf, digestOf, liveOf, rebuildAll, START, settledWorld, sight } from "../rebuild/worlds.js";
import { fortyTogether } from "../support/forty-together.js";

const HOUR = 3_600_000;

function given(...names: readonly string[]): Change {
  return { subject: names.join(", "), given: names, own: new Map() };
}

function ids(images: readonly { readonly id: string }[]): readonly string[] {
  return images.map(({ id }) => id).sort();
}

function image(id: string, bases: readonly string[], more: Partial<Reachable> = {}): Reachable {
  return { id, kind: "application", bases, autoRebuild: true, ...more };
}

/** What the rebuild engine decides about: everything that is stood on and not built is watched, without a soak. */
function fleetOf(images: readonly Reachable[]): Fleet {
  const built = images.map(({ id, bases, autoRebuild }) => ({ id, bases, autoRebuild }));
  const own = new Set(built.map(({ id }) => id));
  const names = [...new Set(built.flatMap(({ bases }) => bases))].filter((base) => !own.has(base)).sort();
  return { watched: names.map((name) => ({ name, delayMs: 0, autoRebuild: true })), built };
}

function push(world: World, name: string): void {
  world.see(name, sight(digestOf(`${name} second`), START + HOUR));
}

describe("the blast radius and what is rebuilt, on forty images", () => {
  const images = fortyTogether();
  const { watched } = fleetOf(images);

  it("has forty images on three watched ones", () => {
    assert.equal(images.length, 40);
    assert.deepEqual(
      watched.map(({ name }) => name),
      ["docker.io/library/debian:12", "docker.io/library/golang:1.26", "docker.io/library/nginx:1.29"],
    );
  });

  for (const { name } of watched) {
    it(`are the same where every rebuilt digest changes: ${name}`, () => {
      const world = settledWorld(fleetOf(images));
      push(world, name);
      const rebuilt = rebuildAll(world, START + HOUR).map(({ image: id }) => id);
      const impact = predict(images, given(name));
      assert.deepEqual([...rebuilt].sort(), ids(impact.images));
      assert.ok(rebuilt.length > 1);
    });
  }

  it("nothing is rebuilt that was not foretold, whatever fails, is left to a person, or comes out the same", () => {
    let fewer = 0;
    const odds = fc.record({
      source: fc.nat(watched.length - 1),
      fates: fc.array(fc.constantFrom("new", "new", "new", "same", "failed"), { minLength: 40, maxLength: 40 }),
      manual: fc.array(fc.nat(39), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(odds, ({ source, fates, manual }) => {
        const some = images.map((each, at) => ({ ...each, autoRebuild: !manual.includes(at) }));
        const name = watched[source]?.name ?? "";
        const fateOf = (id: string) => fates[images.findIndex((each) => each.id === id)];
        // All are rebuilt by themselves once, so that there is something to change.
        const settled = settledWorld(fleetOf(images));
        const world = settledWorld(fleetOf(some));
        for (const state of settled.states.values()) {
          world.states.set(state.image, state);
          world.engine.setState(state);
        }
        push(world, name);
        const rebuilt = new Set<string>();
        for (let now = START + HOUR; ; ) {
          const { rebuilds } = world.look(now);
          if (rebuilds.length === 0) break;
          for (const rebuild of rebuilds) {
            rebuilt.add(rebuild.image);
            world.start(rebuild, now);
            const fate = fateOf(rebuild.image);
            const contents = world.states.get(rebuild.image)?.ledger[0];
            const same = { ...buildOf(rebuild, "same"), contents: contents?.contents ?? contents?.digest ?? "" };
            world.end(rebuild, fate === "failed" ? "failed" : fate === "same" ? same : buildOf(rebuild), now);
          }
          now += 1000;
        }
        const impact = predict(some, given(name));
        const foretold = new Set(ids(impact.images));
        assert.deepEqual(
          [...rebuilt].filter((id) => !foretold.has(id)),
          [],
        );
        if (rebuilt.size < foretold.size) fewer += 1;
        for (const { id } of impact.kept) assert.equal(liveOf(world, id), liveOf(settled, id));
      }),
      { numRuns: 60 },
    );
    assert.ok(fewer > 15, `only ${fewer} of 60 runs rebuilt fewer than were foretold`);
  });

  it("puts every image into the wave after the last of what it stands on", () => {
    const { images: impacted } = predict(images, given("docker.io/library/debian:12"));
    const waves = new Map(impacted.map(({ id, wave }) => [id, wave]));
    for (const { on, wave } of impacted) {
      assert.equal(wave, Math.max(-1, ...on.map((base) => waves.get(base) ?? -1)) + 1);
    }
    assert.equal(impacted.at(-1)?.wave, 4);
  });
});

describe("the blast radius", () => {
  it("counts work and the longest chain from what is known, and names the rest", () => {
    const images = [image("a", ["x"]), image("b", ["a"]), image("c", ["x"]), image("d", ["b", "c"])];
    const minutes = new Map([
      ["a", 2],
      ["b", 3],
      ["c", 10],
    ]);
    const { estimate } = predict(images, given("x"), { minutes });
    assert.deepEqual(estimate, { work: 15, chain: 10, unknown: ["d"] });
  });

  it("takes the median of the last five builds that succeeded, and none from a clock that went back", () => {
    const attempt = (start: number, length: number, result: "succeeded" | "failed" = "succeeded") => ({
      cause: "test",
      start: toInstant(START + start * HOUR),
      end: toInstant(START + start * HOUR + length * 60_000),
      result,
    });
    const lengths = [90, 4, 8, 5, 6, 60].map((length, index) => attempt(index, length));
    const states = [
      { ...newState("a", "managed"), attempts: [...lengths, attempt(9, 100, "failed")] },
      { ...newState("b", "managed"), attempts: [attempt(0, -10)] },
      { ...newState("c", "managed"), attempts: [attempt(0, 3), attempt(1, 4)] },
      newState("d", "managed"),
    ];
    assert.deepEqual(
      [...minutesOf(states)],
      [
        ["a", 6],
        ["c", 3.5],
      ],
    );
  });

  it("groups by owner, those without one first", () => {
    const images = [image("a", ["x"], { owner: "o" }), image("b", ["a"], { owner: "n" }), image("c", ["x"])];
    assert.deepEqual(predict(images, given("x")).owners, [
      { owner: "", images: ["c"] },
      { owner: "n", images: ["b"] },
      { owner: "o", images: ["a"] },
    ]);
  });

  it("keeps what a person rebuilds, and what stands on it, unless its own files changed", () => {
    const images = [image("a", ["x"], { autoRebuild: false }), image("b", ["a"]), image("c", ["b", "x"])];
    const { images: none, kept } = predict(images, given("x"));
    assert.deepEqual(none, []);
    assert.deepEqual(kept, [
      { id: "a", reason: "autoRebuild is off: a person rebuilds it" },
      { id: "b", reason: "stands on a, which is not rebuilt by itself" },
      { id: "c", reason: "stands on b, which waits" },
    ]);
    const own = predict(images, { subject: "files", given: [], own: new Map([["a", ["its files"]]]) });
    assert.deepEqual(ids(own.images), ["a", "b", "c"]);
  });

  it("foretells what a kept image might not keep, because that needs no rebuild where its base comes out the same", () => {
    const images = [
      image("a", ["x"]),
      image("b", ["a"], { autoRebuild: false }),
      image("c", ["b", "x"]),
      image("d", ["b"]),
    ];
    const { images: impacted, kept } = predict(images, given("x"));
    assert.deepEqual(
      impacted.map(({ id, keptIf }) => [id, keptIf]),
      [
        ["a", undefined],
        ["c", ["b"]],
      ],
    );
    assert.deepEqual(ids(kept), ["b", "d"]);
  });

  it("says why the stack builds an image that is reached not at all", () => {
    const images = [image("a", ["x"], { leftOut: "runner: gpu" }), image("b", ["y"], { leftOut: "runner: gpu" })];
    assert.deepEqual(predict(images, given("x")).kept, [{ id: "a", reason: "left out: runner: gpu" }]);
  });
});
