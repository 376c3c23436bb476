import assert from "node:assert/strict";
import fc from "fast-check";
import type { Recall } from "../../domain/recall/types.js";
import { type DoraInputs, doraOf, spreadOf } from "../../domain/report/dora.js";
import { renderReport } from "../../domain/report/render-report.js";
import { factoryReport } from "../../domain/report/report.js";
import type { Rollback } from "../../domain/rollback/types.js";
import type { RunImage, RunRecord } from "../../domain/runs/types.js";

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse("2026-01-01T00:00:00Z");
const at = (days: number, hours = 0) => start + days * day + hours * hour;
const iso = (time: number) => new Date(time).toISOString();

/** What a run did with an image, released as `digest` from a commit of `committed`. */
function image(digest: string, committed: number, more: Partial<RunImage> = {}): RunImage {
  const revision = { commit: `commit of ${digest}`, epoch: committed / 1000, dirty: false };
  return { id: "web", state: "built", digest, revision, build: { status: "passed" }, platforms: [], ...more };
}

function run(
  startedAt: number,
  seconds: number,
  images: readonly RunImage[],
  more: Partial<RunRecord> = {},
): RunRecord {
  return {
    schema: 1,
    id: `${startedAt}`,
    stack: "prod",
    registry: "r",
    release: "channel",
    commit: "",
    dirty: false,
    startedAt: iso(startedAt),
    finishedAt: iso(startedAt + seconds * 1000),
    seconds,
    status: "succeeded",
    images,
    problems: [],
    ...more,
  };
}

function rollback(from: string, time: number, more: Partial<Rollback> = {}): Rollback {
  const about = { image: "web", stack: "prod", to: "sha256:a", tags: ["prod"], reason: "it fails", by: "us" };
  return { ...about, from, at: iso(time), ...more };
}

const recall = (digest: string): Recall => ({ digest, image: "web", reason: "leaks", by: "us", date: "2026-01-06" });

/**
 * Ten days, computed by hand. Day 1: a (4 h after its commit). Day 2: b (10 h), rolled back 3 h later. Day 3: c (2 h).
 * Day 4: c' on a patched base, of c's commit. Day 5: d (20 h), recalled; e replaces it 30 h later, (1 h). So 6 releases in
 * 10 days; lead times 1, 2, 4, 10, 20 h; 2 failures of 6; restored after 3 and 30 h.
 */
const example: DoraInputs = {
  stack: "prod",
  since: start,
  until: at(10),
  releases: [
    { image: "web", digest: "sha256:a", at: at(1) },
    { image: "web", digest: "sha256:b", at: at(2) },
    { image: "web", digest: "sha256:c", at: at(3) },
    { image: "web", digest: "sha256:c'", at: at(4) },
    { image: "web", digest: "sha256:d", at: at(5) },
    { image: "web", digest: "sha256:e", at: at(6, 6) },
  ],
  rollbacks: [
    rollback("sha256:b", at(2, 3)),
    rollback("sha256:a", at(1, 1), { stack: "staging" }),
    rollback("sha256:a", at(1, 1), { image: "api" }),
  ],
  recalls: [recall("sha256:d"), recall("sha256:nowhere")],
  runs: [
    run(at(1), 60, [image("sha256:a", at(1) - 4 * hour)]),
    run(at(2), 60, [image("sha256:b", at(2) - 10 * hour)]),
    run(at(3), 60, [image("sha256:c", at(3) - 2 * hour)]),
    run(at(4), 60, [image("sha256:c'", at(3) - 2 * hour, { revision: image("sha256:c", at(3) - 2 * hour).revision })]),
    run(at(5), 60, [image("sha256:d", at(5) - 20 * hour)]),
    run(at(6, 6), 60, [image("sha256:e", at(6, 5))]),
  ],
};

describe("the four of DORA", () => {
  it("come out as by hand", () => {
    assert.deepEqual(doraOf(example), {
      deployments: 6,
      deploymentFrequency: 0.6,
      leadTime: { count: 5, median: (4 * hour) / 1000, p90: (20 * hour) / 1000 },
      changeFailureRate: 2 / 6,
      failures: 2,
      timeToRestore: { count: 2, median: (3 * hour) / 1000, p90: (30 * hour) / 1000 },
      unrestored: 0,
    });
  });

  it("of a window count what happened in it, and take a commit that was out before for old", () => {
    const dora = doraOf({ ...example, since: at(3, 12) });
    assert.deepEqual([dora.deployments, dora.failures, dora.leadTime.count], [3, 1, 2]);
  });

  it("say that a recalled release with nothing after it is not put right", () => {
    const dora = doraOf({ ...example, until: at(6), releases: example.releases.slice(0, 5) });
    assert.deepEqual([dora.failures, dora.unrestored, dora.timeToRestore.count], [2, 1, 1]);
  });

  it("take no commit for new after a release that no record is left of", () => {
    const [, ...runs] = example.runs;
    assert.equal(doraOf({ ...example, runs: example.runs.slice(1) }).leadTime.count, 3);
    assert.equal(doraOf({ ...example, runs: [] }).leadTime.count, 0);
    assert.equal(doraOf({ ...example, runs, since: at(2, 12) }).leadTime.count, 3);
  });

  it("take the commit of the first run that had a digest: a later one may have changed nothing that is built", () => {
    const later = image("sha256:a", at(8), {
      state: "unchanged",
      revision: { commit: "x", epoch: at(8) / 1000, dirty: false },
    });
    assert.deepEqual(doraOf({ ...example, runs: [...example.runs, run(at(9), 60, [later])] }), doraOf(example));
  });

  it("leave out what cannot be said of nothing", () => {
    const dora = doraOf({ ...example, releases: [], runs: [] });
    assert.deepEqual(dora, {
      deployments: 0,
      deploymentFrequency: 0,
      leadTime: { count: 0 },
      failures: 0,
      timeToRestore: { count: 0 },
      unrestored: 0,
    });
  });

  it("know no commit of files that differ from it", () => {
    const dirty = { commit: "x", epoch: 0, dirty: true };
    const runs = [run(at(1), 1, [image("sha256:a", at(0), { revision: dirty })])];
    assert.equal(doraOf({ ...example, runs }).leadTime.count, 0);
  });

  const releases = fc.array(
    fc.record({
      image: fc.constantFrom("web", "api"),
      digest: fc.constantFrom("sha256:a", "sha256:b", "sha256:c"),
      at: fc.integer({ min: start, max: at(10) }),
    }),
    { maxLength: 8 },
  );
  const rollbacks = fc.array(
    fc
      .tuple(
        fc.constantFrom("web", "api"),
        fc.constantFrom("sha256:a", "sha256:b"),
        fc.integer({ min: start, max: at(12) }),
      )
      .map(([id, from, time]) => rollback(from, time, { image: id })),
    { maxLength: 4 },
  );
  const recalls = fc.array(fc.constantFrom("sha256:a", "sha256:c").map(recall), { maxLength: 2 });

  it("hold together whatever happened, in whatever order it is told", () => {
    fc.assert(
      fc.property(releases, rollbacks, recalls, (those, back, called) => {
        const inputs = { ...example, releases: those, rollbacks: back, recalls: called };
        const dora = doraOf(inputs);
        assert.ok(dora.failures <= dora.deployments);
        assert.equal(dora.unrestored, dora.failures - dora.timeToRestore.count);
        assert.ok(dora.changeFailureRate === undefined || (dora.changeFailureRate >= 0 && dora.changeFailureRate <= 1));
        assert.ok((dora.timeToRestore.median ?? 0) >= 0 && (dora.leadTime.median ?? 0) >= 0);
        const turned = { ...inputs, rollbacks: [...back].reverse(), recalls: [...called].reverse() };
        assert.deepEqual(doraOf(turned), dora);
      }),
    );
  });

  it("of two windows add up to those of both", () => {
    fc.assert(
      fc.property(releases, rollbacks, fc.integer({ min: start + 1, max: at(10) - 1 }), (those, back, cut) => {
        const inputs = { ...example, releases: those, rollbacks: back };
        const [whole, left, right] = [{}, { until: cut }, { since: cut }].map((part) => doraOf({ ...inputs, ...part }));
        const sum = (read: (dora: typeof whole) => number) => assert.equal(read(left) + read(right), read(whole));
        sum((dora) => dora?.deployments ?? 0);
        sum((dora) => dora?.failures ?? 0);
        sum((dora) => dora?.leadTime.count ?? 0);
      }),
    );
  });
});

describe("a spread", () => {
  it("is made of values that are there, the median not above the 90th percentile", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
        const { median = -1, p90 = -1, count } = spreadOf(values);
        assert.equal(count, values.length);
        assert.ok(values.includes(median) && values.includes(p90) && median <= p90);
        assert.ok(values.filter((value) => value <= median).length * 2 >= count);
        assert.ok(values.filter((value) => value <= p90).length * 10 >= count * 9);
      }),
    );
  });
});

describe("a report", () => {
  const built = (seconds: number, steps: number, cachedSteps: number) =>
    ({ status: "passed", seconds, steps, cachedSteps }) as const;
  const runs = [
    run(at(0, 1), 100, [image("sha256:a", at(0), { build: built(10, 10, 0), size: 1_000_000 })]),
    run(at(0, 2), 200, [image("sha256:b", at(0), { build: built(20, 30, 20), size: 1_500_000 })], { status: "failed" }),
    run(at(1), 50, [image("sha256:b", at(0), { state: "failed", build: { status: "failed" } })], { status: "failed" }),
    run(at(1, 1), 50, [image("sha256:b", at(0), { state: "skipped" })], { status: "interrupted" }),
    run(at(1, 2), 5, [], { stack: "staging" }),
  ];
  const inputs = { stack: "prod", since: start, until: at(10), rollbacks: [], recalls: [], runs: [...runs].reverse() };

  it("adds up by day and by image", () => {
    const report = factoryReport(inputs);
    assert.deepEqual(report.runs, {
      count: 4,
      failed: 2,
      interrupted: 1,
      duration: { count: 4, median: 50, p90: 200 },
      cacheHitRate: 0.5,
    });
    assert.deepEqual(
      report.days.map((it) => [it.day, it.runs, it.failed, it.builds, it.buildDuration.median, it.cacheHitRate]),
      [
        ["2026-01-01", 2, 1, 2, 10, 0.5],
        ["2026-01-02", 2, 1, 0, undefined, undefined],
      ],
    );
    const [web] = report.images;
    assert.deepEqual(web?.size, { first: 1_000_000, last: 1_500_000 });
    assert.deepEqual([web?.builds, web?.failures, web?.failingSince], [2, 1, iso(at(1))]);
    assert.equal(report.dora, undefined);
  });

  it("is Markdown in aligned columns", () => {
    const releases = [{ image: "web", digest: "sha256:a", at: at(0, 6) }];
    assert.equal(
      renderReport(factoryReport({ ...inputs, releases })),
      `# The factory, stack prod, 2026-01-01 to 2026-01-11

4 runs, 2 failed, 1 interrupted; median 50.0 s; 50 % from the cache.

## Deliveries

|                       |                | of         |
|-----------------------|----------------|------------|
| deployment frequency  | 0.10 a day     | 1 releases |
| lead time for changes | 6.0 h (median) | 1 commits  |
| change failure rate   | 0 %            | 0 failures |
| time to restore       | - (median)     | 0 restored |

## By day

| day        | runs | failed | median run | builds | median build | from the cache |
|------------|------|--------|------------|--------|--------------|----------------|
| 2026-01-01 | 2    | 1      | 100.0 s    | 2      | 10.0 s       | 50 %           |
| 2026-01-02 | 2    | 1      | 50.0 s     | 0      | -            | -              |

## By image

| image | builds | failures | median build | from the cache | size   | growth  | failing since    |
|-------|--------|----------|--------------|----------------|--------|---------|------------------|
| web   | 2      | 1        | 10.0 s       | 50 %           | 1.5 MB | +0.5 MB | 2026-01-02 00:00 |
`,
    );
  });

  it("of nothing says so", () =>
    assert.match(renderReport(factoryReport({ ...inputs, runs: [] })), /^# .*\n\n0 runs, 0 failed; median -;/));
});
