import assert from "node:assert/strict";
import fc from "fast-check";
import { type EndedImage, formatRunId, runRecord, startOfRun } from "../../domain/runs/record.js";
import { expiredRuns, RETENTION_DAYS } from "../../domain/runs/retention.js";
import { runRecordSchema } from "../../domain/runs/schema.js";
import type { ImageResult, RunBuild } from "../../domain/runs/types.js";
import { image, measures, run } from "./examples.js";

describe("the record of a run", () => {
  it("has what system C names: run id, commit, size, status of build and of each scan, date", () => {
    const record = runRecord(run);
    assert.equal(record.id, "20260131T120000123Z-3fa91c");
    assert.equal(record.commit, run.commit);
    assert.deepEqual([record.status, record.seconds, record.startedAt], ["failed", 60, "2026-01-31T12:00:00.123Z"]);
    const [web] = record.images;
    assert.equal(web?.size, 1900);
    assert.deepEqual(web?.build, { status: "passed", seconds: 12.5, steps: 10, cachedSteps: 4 });
    assert.equal(web?.platforms[0]?.scan?.status, "failed");
    assert.equal(web?.platforms[0]?.tests?.passRate, 0.75);
    assert.equal(web?.platforms[0]?.scan?.vulnerabilities?.high, 1);
  });

  it("says nothing of a pass rate where nothing could be run", () => {
    assert.deepEqual(runRecord(run).images[0]?.platforms[1]?.tests, { passed: 0, failed: 0, notRun: 5 });
  });

  it("is read back as it was written", () => {
    const record = runRecord({ ...run, workflow: "github 1/1" });
    assert.deepEqual(runRecordSchema.parse(JSON.parse(JSON.stringify(record))), record);
  });

  const { measures: _, ...unmeasured } = image;
  const rows: readonly (readonly [state: ImageResult, image: EndedImage, status: RunBuild["status"]])[] = [
    ["built", image, "passed"],
    ["candidate", image, "passed"],
    ["failed", image, "passed"],
    ["failed", unmeasured, "failed"],
    ["proved", image, "unchanged"],
    ["unchanged", image, "unchanged"],
    ["skipped", unmeasured, "skipped"],
  ];
  for (const [state, ended, status] of rows) {
    const kind = ended.measures === undefined ? "and was not measured" : "and was measured";
    it(`calls the build of what is ${state} ${kind} ${status}`, () => {
      const record = runRecord({ ...run, images: [{ ...ended, state }] });
      assert.equal(record.images[0]?.build.status, status);
      // Figures of an earlier build are none of this run.
      if (status === "unchanged") assert.equal(record.images[0]?.build.seconds, undefined);
    });
  }

  it("keeps the platforms' sizes where nothing was proved", () => {
    const platforms = [{ platform: "linux/amd64", size: 7 }];
    const [found] = runRecord({ ...run, images: [{ ...unmeasured, state: "built", platforms }] }).images;
    assert.deepEqual([found?.size, found?.platforms], [7, platforms]);
  });

  it("counts no vulnerabilities where nobody has looked", () => {
    const [first] = measures.platforms;
    if (first?.scan === undefined) throw new Error("the example has no scan");
    const unscanned = { ...first, scan: { ...first.scan, status: "unscanned" as const } };
    const record = runRecord({ ...run, images: [{ ...image, measures: { ...measures, platforms: [unscanned] } }] });
    const { status, vulnerabilities } = record.images[0]?.platforms[0]?.scan ?? {};
    assert.deepEqual([status, vulnerabilities], ["unscanned", undefined]);
  });

  it("is dirty where one image is", () => {
    const dirty = { ...image, revision: { ...image.revision, dirty: true } };
    assert.deepEqual([runRecord(run).dirty, runRecord({ ...run, images: [image, dirty] }).dirty], [false, true]);
  });
});

describe("a run's id", () => {
  it("tells when it started, and sorts by that", () => {
    const time = fc.integer({ min: 0, max: Date.parse("9999-01-01T00:00:00Z") });
    fc.assert(
      fc.property(time, time, (left, right) => {
        assert.equal(startOfRun(formatRunId(left, "a1")), left);
        if (left !== right) assert.equal(left < right, formatRunId(left, "z") < formatRunId(right, "a"));
      }),
    );
  });

  for (const name of ["latest", ".20260131T120000123Z-3fa91c", "20260131T120000123Z", "20261331T120000123Z-aa", ""]) {
    it(`is not "${name}"`, () => assert.equal(startOfRun(name), undefined));
  }
});

describe("runs are kept", () => {
  it("for 90 days by their own time, and nothing else is touched", () => {
    const day = 24 * 3_600_000;
    const now = Date.parse("2026-06-01T00:00:00Z");
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100 * day, max: day })), (ages) => {
        const names = [...ages.map((age) => formatRunId(now + age, "a")), "latest", "notes.txt"];
        const old = new Set(expiredRuns(names, now));
        for (const [index, age] of ages.entries()) {
          assert.equal(old.has(names[index] ?? ""), age < -RETENTION_DAYS * day);
        }
        assert.ok(!old.has("latest") && !old.has("notes.txt"));
      }),
    );
  });
});
