import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { formatFailures } from "../../domain/evidence/failures.js";
import { reportOf, runsNatively, type TestBuildResult } from "../../domain/tests/evaluate.js";
import { testFailures } from "../../domain/tests/failures.js";
import { renderJUnit } from "../../domain/tests/junit.js";
import { testPredicate } from "../../domain/tests/predicate.js";
import { BuildError } from "../../provider/tests/buildx.js";
import { cannotRun } from "../../provider/tests/cannot-run.js";
import { projectRoot } from "../../tools/project.js";
import { suiteOf } from "./test-image.js";

const suite = suiteOf(
  `commandTests:
  - { name: says "hi" & <bye>, command: web }
fileExistenceTests:
  - { name: web, path: /web }
`,
  {},
);
const digest = `sha256:${"a".repeat(64)}`;
const manifest = (platform: string) => ({ platform, digest, size: 1 });
const passed = (id: string) => ({ id, problems: [], milliseconds: 12 });
const looked = { builder: "linux/amd64", tests: ["user", "platform", "fileExistenceTests[0]"].map(passed) };
const failedCommand = {
  id: "commandTests[0]",
  problems: ["it ended with exit code 1, not 0.", 'standard output does not match "hi": it is empty'],
  output: "\u001b[31mno\u001b[0m <tag>\nsecond line",
  milliseconds: 1500,
};
const ran = { tests: [passed("process"), failedCommand, passed("smoke")] };
const reports = [
  reportOf(suite, manifest("linux/amd64"), { stages: [looked, ran] }),
  reportOf(suite, manifest("linux/arm64"), { stages: [looked], notRun: "no emulator" }),
];

function golden(name: string): string {
  return readFileSync(path.join(projectRoot, "test/image-tests/golden", name), "utf8");
}

describe("a report of tests", () => {
  const rows: readonly (readonly [
    name: string,
    platform: string,
    build: TestBuildResult,
    mode: string,
    tests: string,
  ])[] = [
    ["of the builder's own platform", "linux/amd64", { stages: [looked, ran] }, "native", "ppppfp"],
    ["of another platform", "linux/arm64", { stages: [looked, ran] }, "emulated", "ppppfp"],
    ["of one that cannot run", "linux/arm64", { stages: [looked], notRun: "x" }, "static", "ppnpnn"],
    [
      "of one whose programs can start nothing",
      "linux/arm64",
      { stages: [looked, { cannotStart: "x", tests: [] }] },
      "static",
      "ppnpnn",
    ],
    ["of the own platform when nothing ran", "linux/amd64", { stages: [looked], notRun: "x" }, "native", "ppfpff"],
    ["of stages that say nothing of a test", "linux/arm64", { stages: [looked, { tests: [] }] }, "emulated", "ppfpff"],
    ["of no stage at all", "linux/amd64", { stages: [] }, "emulated", "ffffff"],
  ];
  for (const [name, platform, build, mode, tests] of rows) {
    it(`${name} is ${mode}: ${tests}`, () => {
      const report = reportOf(suite, manifest(platform), build);
      assert.equal(report.mode, mode);
      assert.equal(report.tests.map(({ status }) => status[0]).join(""), tests);
    });
  }

  it("calls 32-bit programs native on a 64-bit x86, and nothing else", () => {
    assert.ok(runsNatively("linux/amd64", "linux/386"));
    assert.ok(!runsNatively("linux/arm64", "linux/arm/v7"));
  });

  it("becomes failures that name platform, test, line and remedy", () => {
    assert.equal(`${formatFailures("web", digest, testFailures(reports))}\n`, golden("failures.txt"));
  });

  it("becomes JUnit", () => assert.equal(renderJUnit("web", reports), golden("junit.xml")));

  it("becomes in-toto's test result, a warning where something could not be run", () => {
    const [native, foreign] = reports.map((report) => testPredicate(suite, report));
    assert.deepEqual(
      [native?.result, native?.mode, native?.failedTests],
      ["FAILED", "native", ['commandTests[0]: command "says "hi" & <bye>"']],
    );
    assert.deepEqual([foreign?.result, foreign?.reason, foreign?.warnedTests.length], ["WARNED", "no emulator", 3]);
    assert.deepEqual(
      native?.configuration.map(({ name }) => name),
      ["images/web/test.yaml", "web: suite"],
    );
    const fine = reportOf(suiteOf(""), manifest("linux/amd64"), { stages: [looked, { tests: [passed("process")] }] });
    assert.equal(testPredicate(suiteOf(""), fine).result, "PASSED");
  });
});

describe("a build that failed", () => {
  const failed = (reason: string) =>
    new BuildError(`ERROR: failed to build: failed to solve: process "/.image-test/image-test run" ${reason}\n`);
  const rows: readonly (readonly [name: string, error: BuildError, reason: RegExp | undefined])[] = [
    ["an emulator that crashes", failed("did not complete successfully: exit code: 139"), /crashes.*139/],
    ["no emulator", failed("exec /.image-test/image-test: exec format error"), /exec format error/],
    ["a process that was killed", failed("did not complete successfully: exit code: 137"), undefined],
    ["a runner that refused", failed("did not complete successfully: exit code: 1"), undefined],
    ["an image that is gone", new BuildError("ERROR: failed to solve: web@sha256:a: not found\n"), undefined],
    ["a builder that is gone", new BuildError(""), undefined],
  ];
  for (const [name, error, reason] of rows) {
    it(`says ${reason === undefined ? "nothing of the platform" : "that the platform cannot run"}: ${name}`, () => {
      const found = cannotRun(error);
      if (reason === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", reason);
    });
  }
});
