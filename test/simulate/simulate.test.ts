import assert from "node:assert/strict";
import { renderExposureChart } from "../../domain/simulate/chart.js";
import { policiesOf } from "../../domain/simulate/policies.js";
import { recordedScenario } from "../../domain/simulate/recorded.js";
import { simulate } from "../../domain/simulate/simulate.js";
import { synthesize } from "../../domain/simulate/synthesize.js";
import { renderOutcomes } from "../../domain/simulate/table.js";
import type { Flaw, Push, Scenario } from "../../domain/simulate/types.js";
import { DAY, digestOf, HOUR, image, rebuildAll, START, settledWorld, sight, watched } from "../rebuild/worlds.js";

const fleet = { watched: [watched("s", 7)], built: [image("a", "s"), image("b", "a")] };
const nothing = { image: "s", tag: "1", fixes: [], unrelated: [], breaks: 0 };

function pushes(...list: readonly Partial<Push>[]): readonly Push[] {
  const first = { ...nothing, at: START - 400 * DAY, digest: digestOf("0") };
  return [first, ...list.map((push, index) => ({ ...nothing, at: START, digest: digestOf(`${index + 1}`), ...push }))];
}

function scenario(list: readonly Push[], flaws: readonly Flaw[] = []): Scenario {
  return { seed: "1", fleet, start: START, days: 60, pushes: list, flaws, flaky: 0 };
}

const [soak, fast] = policiesOf([7 * DAY]);
assert.ok(soak !== undefined && fast !== undefined);
const flaw: Flaw = { id: "CVE-1", image: "s", severity: "HIGH", disclosed: START + DAY };

describe("a simulated year", () => {
  it("is the same bytes for the same seed, and others for another", () => {
    const bytes = (seed: string) => {
      const year = synthesize({ seed, days: 90, images: 30 });
      const outcomes = policiesOf([0, 7 * DAY]).map((policy) => simulate(year, policy));
      return JSON.stringify(outcomes) + renderOutcomes(outcomes) + renderExposureChart(outcomes);
    };
    const once = bytes("1");
    assert.equal(bytes("1"), once);
    assert.notEqual(bytes("2"), once);
  });

  it("leaves every image exposed from the disclosure to the release of the fix, and no longer", () => {
    const fix = scenario(pushes({ at: START + 2 * DAY, fixes: ["CVE-1"] }), [flaw]);
    const { exposureDays, exposureByDay, builds, lagDays } = simulate(fix, soak);
    // Adopted 9 days after the start, built one after the other in less than an hour.
    const days = exposureDays / 2;
    assert.ok(days > 8 && days < 8 + (HOUR * 1) / DAY, `${days}`);
    assert.deepEqual(exposureByDay.slice(0, 9), [0, 2, 2, 2, 2, 2, 2, 2, 2]);
    assert.deepEqual([builds, lagDays], [2, { mean: 7, p95: 7 }]);
  });

  const rows: Record<string, { readonly push: Partial<Push>; readonly lag: number }> = {
    "a fix alone": { push: { fixes: ["CVE-1"] }, lag: 0 },
    "a fix and more": { push: { fixes: ["CVE-1"], unrelated: ["bash"] }, lag: 7 },
    "no fix": { push: {}, lag: 7 },
  };
  for (const [what, { push, lag }] of Object.entries(rows)) {
    it(`adopts ${what} after ${lag} days on the fast path`, () => {
      const list = scenario(pushes({ at: START + 2 * DAY, ...push }), [flaw]);
      assert.equal(simulate(list, fast).lagDays.mean, lag);
    });
  }

  it("counts what a soak avoids: a broken digest that is taken back in time", () => {
    const bad = { at: START + DAY, digest: digestOf("bad"), breaks: 1 };
    const list = scenario(pushes(bad, { at: START + 3 * DAY, digest: digestOf("0") }));
    const [none] = policiesOf([0]);
    assert.ok(none !== undefined);
    const hasty = simulate(list, none);
    assert.deepEqual([hasty.badAdopted, hasty.returns, hasty.failures], [1, 1, 3]);
    const careful = simulate(list, soak);
    assert.deepEqual([careful.badAdopted, careful.returns, careful.failures, careful.builds], [0, 0, 0, 0]);
  });

  it("agrees with the ledger that a run recorded", () => {
    const world = settledWorld(fleet);
    const adoptions: { readonly image: string; readonly digest: string; readonly at: string }[] = [];
    for (let hour = 0; hour < 40 * 24; hour += 1) {
      const now = START + hour * HOUR;
      if (hour % 53 === 0) world.see("s", sight(digestOf(`${hour}`), now));
      if (hour === 500) world.see("s", sight(digestOf("424"), now));
      rebuildAll(world, now);
    }
    for (const { to, at } of world.states.get("s")?.updates.slice(1) ?? []) {
      adoptions.push({ image: "s", digest: to ?? "", at });
    }
    const recorded = recordedScenario(fleet, world.states.values(), START + 40 * DAY);
    assert.ok(recorded !== undefined && adoptions.length > 10);
    assert.deepEqual(simulate(recorded, { name: "as configured", fastPath: false }).adoptions, adoptions);
    assert.equal(recordedScenario(fleet, [], START), undefined);
  });
});

describe("what is shown of it", () => {
  const outcome = {
    policy: "a < b",
    exposureDays: 12.4,
    exposureByDay: [1, 2],
    adoptions: [],
    lagDays: { mean: 7, p95: 7.25 },
    builds: 10,
    failures: 1,
    badAdopted: 0,
    returns: 0,
  };

  it("is a table", () => {
    assert.equal(
      renderOutcomes([outcome]),
      `POLICY  EXPOSURE  ADOPTIONS    LAG  LAG P95  BUILDS  FAILED  BAD ADOPTED  RETURNED
a < b       12 d          0  7.0 d    7.3 d      10       1            0         0`,
    );
  });

  it("is a drawing with a line for each policy, its name escaped", () => {
    const svg = renderExposureChart([outcome, outcome]);
    assert.equal(svg.match(/<polyline/g)?.length, 2);
    assert.match(svg, />a &lt; b</);
  });
});
