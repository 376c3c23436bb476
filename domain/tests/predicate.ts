import type { PlatformTestReport, TestStatus, TestSuite } from "./types.js";

/** in-toto's test result, v0.1 (https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md). */
export interface TestResultPredicate {
  /** `WARNED` where some tests could not be run on the platform. */
  readonly result: "PASSED" | "WARNED" | "FAILED";
  /** The test file and the suite as it was read of it and of `image.yaml`. */
  readonly configuration: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly passedTests: readonly string[];
  /** Tests that could not be run. */
  readonly warnedTests: readonly string[];
  readonly failedTests: readonly string[];
  /** Of our own, which the specification allows: how the platform's tests were run. */
  readonly mode: PlatformTestReport["mode"];
  /** Why tests could not be run. */
  readonly reason?: string;
}

export function testPredicate(suite: TestSuite, report: PlatformTestReport): TestResultPredicate {
  const names = (wanted: TestStatus) =>
    report.tests.filter(({ status }) => status === wanted).map(({ id, name }) => `${id}: ${name}`);
  const failedTests = names("failed");
  const warnedTests = names("not-run");
  const file = suite.file === undefined || suite.fileHash === undefined ? [] : [[suite.file, suite.fileHash] as const];
  const configuration = [...file, [`${suite.id}: suite`, suite.hash] as const];
  return {
    result: failedTests.length > 0 ? "FAILED" : warnedTests.length > 0 ? "WARNED" : "PASSED",
    configuration: configuration.map(([name, sha256]) => ({ name, digest: { sha256 } })),
    passedTests: names("passed"),
    warnedTests,
    failedTests,
    mode: report.mode,
    ...(report.reason === undefined ? {} : { reason: report.reason }),
  };
}
