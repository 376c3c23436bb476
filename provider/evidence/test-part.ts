import { z } from "zod";
import { renderJUnit } from "../../domain/tests/junit.js";
import { testPredicate } from "../../domain/tests/predicate.js";
import { runTests } from "../tests/run-tests.js";
import type { Part, PartRequest } from "./part.js";
import type { StoredStatements } from "./stored-statements.js";

const storedResult = z.object({
  result: z.enum(["PASSED", "WARNED"]),
  configuration: z.array(z.object({ digest: z.object({ sha256: z.string() }) })),
  passedTests: z.array(z.string()),
});

/** The suite on every platform; platforms that passed this very suite before are not tested again. */
export async function testPart({ client, image, inputs, stored, signal }: PartRequest): Promise<Part> {
  const { builder, name, tests, testsHash } = inputs;
  const earlier = image.platforms.map(({ digest }) => passedBefore(stored.get(digest), testsHash));
  if (earlier.every((predicate) => predicate !== undefined)) {
    const predicates = earlier.map((predicate, index) => {
      return { kind: "tests" as const, subject: image.platforms[index]?.digest ?? "", predicate };
    });
    return { predicates, failures: [], summary: summaryOf(earlier.map(({ passedTests }) => passedTests.length)) };
  }
  const { reports, failures } = await runTests(image, tests, { builder, client, signal });
  const passed = reports.map((report) => report.tests.filter(({ status }) => status === "passed").length);
  return {
    predicates: reports.map((report) => ({
      kind: "tests",
      subject: report.digest,
      predicate: testPredicate(tests, report),
    })),
    failures,
    summary: summaryOf(passed),
    reports: new Map([["junit.xml", renderJUnit(name, reports)]]),
  };
}

function passedBefore(stored: StoredStatements = [], hash: string) {
  for (const { kind, statement } of stored) {
    const { data } = storedResult.loose().safeParse(statement.predicate);
    if (kind === "tests" && data?.configuration.some(({ digest }) => digest.sha256 === hash)) return data;
  }
  return undefined;
}

function summaryOf(passed: readonly number[]): string {
  return `${passed.reduce((sum, count) => sum + count, 0)} tests`;
}
