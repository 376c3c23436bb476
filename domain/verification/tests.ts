import { z } from "zod";
import type { TestResultPredicate } from "../tests/predicate.js";
import { failure, rebuild } from "./failure.js";
import type { Judgement, NonEmpty } from "./judge.js";
import type { SignedStatement, VerificationFailure } from "./types.js";

/** What we read of a test result. */
const testResultSchema = z.looseObject({
  result: z.enum(["PASSED", "WARNED", "FAILED"]),
  passedTests: z.array(z.string()),
  failedTests: z.array(z.string()),
  mode: z.enum(["native", "emulated", "static"]),
}) satisfies z.ZodType<Pick<TestResultPredicate, "result" | "mode">>;

/** Every test result counts: one that passed does not make up for one that failed. */
export function judgeTests(statements: NonEmpty<SignedStatement>): Judgement {
  const failures: VerificationFailure[] = [];
  let detail = "";
  for (const { statement } of statements) {
    const { data, error } = testResultSchema.safeParse(statement.predicate);
    if (data === undefined) {
      failures.push(failure("predicate", `it is no test result: ${z.prettifyError(error)}.`, rebuild));
    } else if (data.result === "FAILED") {
      const names = data.failedTests.length === 0 ? "" : ` (${data.failedTests.join(", ")})`;
      failures.push(failure("tests", `tests failed${names}; allowed are images whose tests passed.`, rebuild));
    } else {
      detail = `${data.passedTests.length} passed, ${data.mode}`;
    }
  }
  return { detail, failures };
}
