import type { GateFailure } from "../evidence/types.js";
import type { PlatformTestReport, TestResult } from "./types.js";

/** A failure for each test that failed. */
export function testFailures(reports: readonly PlatformTestReport[]): readonly GateFailure[] {
  return reports.flatMap(({ platform, tests }) =>
    tests.filter(({ status }) => status === "failed").map((test) => ({ gate: "tests", platform, ...failureOf(test) })),
  );
}

const builtInRemedies: Readonly<Record<string, string>> = {
  user: "End the Dockerfile's last stage with `USER 65532:65532`, or another number that is not 0.",
  process: "End the Dockerfile's last stage with `USER 65532:65532`, or another number that is not 0.",
  platform:
    "Name the platforms in image.yaml that the image is really built for, and take no base of another platform by `FROM --platform`.",
};

function failureOf({
  id,
  name,
  problems,
  output,
  place,
}: TestResult): Pick<GateFailure, "finding" | "remedy" | "place"> {
  const remedy =
    builtInRemedies[id] ?? `Correct the image, or the test${place === undefined ? "" : ` in ${place.file}`}.`;
  return {
    finding: `test ${name}: ${problems.map(sentence).join(" ")}`,
    remedy: `${remedy}${output === undefined ? "" : ` It wrote:\n${quote(output)}`}`,
    ...(place === undefined ? {} : { place }),
  };
}

/** What an image writes must not reach a terminal as a command to it. */
function quote(output: string): string {
  return output.replace(/[^\P{Cc}\n\t]/gu, "\uFFFD").replace(/^/gm, "     | ");
}

function sentence(problem: string): string {
  return problem.endsWith(".") ? problem : `${problem}.`;
}
