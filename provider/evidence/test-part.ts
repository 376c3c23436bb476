import { z } from "zod";
import type { PartialMeasures } from "../../domain/evidence/measures.js";
import { renderJUnit } from "../../domain/tests/junit.js";
import { type TestResultPredicate, testPredicate } from "../../domain/tests/predicate.js";
import { runTests } from "../tests/run-tests.js";
import type { Part, PartRequest } from "./part.js";
import type { StoredStatements } from "./stored-statements.js";

const storedResult = z.object({
  result: z.enum(["PASSED", "WARNED"]),
  configuration: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
  passedTests: z.array(z.string()),
  warnedTests: z.array(z.string()),
  failedTests: z.array(z.string()),
});

/** The suite on every platform; platforms that passed this very suite before are not tested again. */
export async function testPart({ client, image, inputs, stored, signal }: PartRequest): Promise<Part> {
  const { builder, name, tests, testsHash } = inputs;
  const earlier = image.platforms.map(({ digest }) => passedBefore(stored.get(digest), testsHash));
  if (earlier.every((predicate) => predicate !== undefined)) {
    const predicates = earlier.map((predicate, index) => {
      return { kind: "tests" as const, subject: image.platforms[index]?.digest ?? "", predicate };
    });
    return { predicates, failures: [], ...countedOf(predicates, image) };
  }
  const { reports, failures } = await runTests(image, tests, { builder, client, signal });
  const predicates = reports.map((report) => {
    return { kind: "tests" as const, subject: report.digest, predicate: testPredicate(tests, report) };
  });
  return {
    predicates,
    failures,
    ...countedOf(predicates, image),
    reports: new Map([["junit.xml", renderJUnit(name, reports)]]),
  };
}

/** The statement as it stands there: not a byte of it changes, so that nothing is signed again. */
function passedBefore(stored: StoredStatements = [], hash: string): TestResultPredicate | undefined {
  for (const { kind, statement } of stored) {
    const { data } = storedResult.safeParse(statement.predicate);
    if (kind !== "tests" || !data?.configuration.some(({ digest }) => digest.sha256 === hash)) continue;
    return statement.predicate as TestResultPredicate;
  }
  return undefined;
}

type Counted = Pick<TestResultPredicate, "passedTests" | "warnedTests" | "failedTests">;

function countedOf(
  results: readonly { readonly subject: string; readonly predicate: Counted }[],
  { platforms }: PartRequest["image"],
): { readonly summary: string; readonly measures: PartialMeasures } {
  const measures = platforms.flatMap(({ platform, digest }) => {
    const counted = results.find(({ subject }) => subject === digest)?.predicate;
    if (counted === undefined) return [];
    const { passedTests, warnedTests, failedTests } = counted;
    const tests = { passed: passedTests.length, failed: failedTests.length, notRun: warnedTests.length };
    return [{ platform, tests }];
  });
  const passed = measures.reduce((sum, { tests }) => sum + tests.passed, 0);
  return { summary: `${passed} tests`, measures: { platforms: measures } };
}
