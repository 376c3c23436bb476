import type { Platform } from "../catalogue/types.js";
import type { PlatformManifest, TestMode } from "../evidence/types.js";
import type { Place } from "../problems.js";
import type { PlatformTestReport, TestResult, TestSuite } from "./types.js";

/** What a stage of a test build says. */
export interface StageResult {
  /** Platform of the machine that built; of the stage `look` only. */
  readonly builder?: string | undefined;
  /** Why nothing could be started but our own program. */
  readonly cannotStart?: string | undefined;
  readonly tests: readonly StageTest[];
}

export interface StageTest {
  readonly id: string;
  /** None for a test that passed. */
  readonly problems: readonly string[];
  readonly output?: string | undefined;
  readonly milliseconds: number;
}

/** What a test build brought. `notRun` says why there are results of files and configuration alone. */
export interface TestBuildResult {
  readonly stages: readonly StageResult[];
  readonly notRun?: string;
}

interface DeclaredTest {
  readonly id: string;
  readonly name: string;
  readonly place?: Place;
  /** Done without running anything of the image. */
  readonly static: boolean;
}

/** What the tests of one platform came to. A test that nobody reported of has failed. */
export function reportOf(
  suite: TestSuite,
  { platform, digest }: PlatformManifest,
  { stages, notRun }: TestBuildResult,
): PlatformTestReport {
  const builder = stages.find((stage) => stage.builder !== undefined)?.builder ?? "";
  const emulated = !runsNatively(builder, platform);
  // Where the machine could run it, not having run it is no excuse.
  const reason = emulated
    ? (notRun ?? stages.find((stage) => stage.cannotStart !== undefined)?.cannotStart)
    : undefined;
  const found = new Map(stages.flatMap(({ tests }) => tests.map((test) => [test.id, test] as const)));
  const tests = declaredTests(suite).map((test) => {
    const result = found.get(test.id);
    if (result !== undefined) return resultOf(test, result);
    return reason !== undefined && !test.static ? notRunResult(test) : missingResult(test, notRun);
  });
  const mode: TestMode = reason !== undefined ? "static" : emulated ? "emulated" : "native";
  return { platform, digest, mode, ...(reason === undefined ? {} : { reason }), tests };
}

/** Whether a machine's processor runs a platform's programs itself. */
export function runsNatively(builder: Platform, platform: Platform): boolean {
  return builder === platform || (builder === "linux/amd64" && platform === "linux/386");
}

type Declared = Pick<TestResult, "id" | "name" | "place">;

function resultOf(test: DeclaredTest, { problems, output, milliseconds }: StageTest): TestResult {
  const declared = declaredOf(test);
  if (problems.length === 0) return { ...declared, status: "passed", problems, milliseconds };
  return { ...declared, status: "failed", problems, ...(output ? { output } : {}), milliseconds };
}

function notRunResult(test: DeclaredTest): TestResult {
  return { ...declaredOf(test), status: "not-run", problems: [], milliseconds: 0 };
}

function missingResult(test: DeclaredTest, reason: string | undefined): TestResult {
  const problem = reason === undefined ? "it was not run." : `it was not run: ${reason}.`;
  return { ...declaredOf(test), status: "failed", problems: [problem], milliseconds: 0 };
}

function declaredOf({ id, name, place }: DeclaredTest): Declared {
  return { id, name, ...(place === undefined ? {} : { place }) };
}

/** Every test of a suite, after those that are done for every image. */
function declaredTests(suite: TestSuite): readonly DeclaredTest[] {
  const { commandTests, fileExistenceTests, fileContentTests, metadataTest, smoke } = suite;
  const tests: DeclaredTest[] = [
    { id: "user", name: "a user that is a number and not root", static: true },
    { id: "platform", name: "the platform that the index says", static: true },
    { id: "process", name: "no process runs as root", static: false },
  ];
  if (metadataTest !== undefined) {
    tests.push({ id: "metadataTest", name: "metadata", place: metadataTest.place, static: true });
  }
  for (const [index, { name, place }] of fileExistenceTests.entries()) {
    tests.push({ id: `fileExistenceTests[${index}]`, name: `file existence "${name}"`, place, static: true });
  }
  for (const [index, { name, place }] of fileContentTests.entries()) {
    tests.push({ id: `fileContentTests[${index}]`, name: `file content "${name}"`, place, static: true });
  }
  for (const [index, { name, place }] of commandTests.entries()) {
    tests.push({ id: `commandTests[${index}]`, name: `command "${name}"`, place, static: false });
  }
  if (smoke !== undefined) tests.push({ id: "smoke", name: "smoke", place: smoke.place, static: false });
  return tests;
}
