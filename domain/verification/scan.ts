import { z } from "zod";
import { type Severity, severities } from "../evidence/types.js";
import type { ScanPolicy } from "../scan/judgement.js";
import { scannerNames } from "../settings/scan.js";
import { failure, rebuild } from "./failure.js";
import type { Judgement, NonEmpty } from "./judge.js";
import type { SignedStatement, VerificationFailure, VerificationPolicy } from "./types.js";

const time = z.iso.datetime();

const findingSchema = z.looseObject({
  id: z.string(),
  severity: z.enum(severities),
  package: z.looseObject({ name: z.string(), version: z.string() }),
  fix: z.looseObject({ state: z.enum(["fixed", "not-fixed", "wont-fix", "unknown"]) }),
  scanner: z.enum(scannerNames),
});

/** What we read of a scan: cosign's predicate with our own result. */
const scanSchema = z.looseObject({
  scanner: z.looseObject({
    result: z.looseObject({
      status: z.enum(["scanned", "unscanned"]),
      scanners: z.array(
        z.looseObject({ scanner: z.string(), database: z.looseObject({ built: time }).exactOptional() }),
      ),
      findings: z.array(findingSchema),
      suppressed: z.array(z.looseObject({ finding: findingSchema, expires: z.string().exactOptional() })),
    }),
  }),
  metadata: z.looseObject({ scanFinishedOn: time }),
});

type Scan = z.output<typeof scanSchema>;
type Finding = z.output<typeof findingSchema>;

/** The newest scan counts: what an older one did not know may be known since. */
export function judgeScan(statements: NonEmpty<SignedStatement>, policy: VerificationPolicy, now: number): Judgement {
  const parsed = statements.map(({ statement }) => scanSchema.safeParse(statement.predicate));
  const finished = ({ metadata }: Scan) => Date.parse(metadata.scanFinishedOn);
  const [newest] = parsed.flatMap(({ data }) => data ?? []).sort((left, right) => finished(right) - finished(left));
  if (newest === undefined) {
    const why = parsed.flatMap(({ error }) => (error === undefined ? [] : z.prettifyError(error))).join("; ");
    return { detail: "", failures: [failure("predicate", `it is no result of a scan: ${why}.`, rebuild)] };
  }
  const failures = [
    ...unscanned(newest, policy),
    ...oldScan(newest, policy, now),
    ...oldDatabase(newest, policy),
    ...expiredExceptions(newest, now),
    ...severeFindings(newest, policy.scan),
  ];
  return { detail: describe(newest), failures };
}

const rescan = "Scan it again: `npx factory rescan`.";

function unscanned({ scanner }: Scan, { development }: VerificationPolicy): readonly VerificationFailure[] {
  const { status, scanners } = scanner.result;
  if (status === "scanned" && scanners.length > 0) return [];
  if (status === "unscanned" && development) return [];
  const finding =
    "nobody has looked for known vulnerabilities, since there was no database; only a local stack allows that.";
  return [failure("unscanned", finding, `Give the stack a database (factory:scan, database). ${rescan}`)];
}

function oldScan({ metadata }: Scan, { maxScanAge }: VerificationPolicy, now: number): readonly VerificationFailure[] {
  const age = now - Date.parse(metadata.scanFinishedOn);
  if (maxScanAge === undefined || age <= maxScanAge) return [];
  const finding = `it was scanned on ${metadata.scanFinishedOn}, ${days(age)} ago; allowed are ${days(maxScanAge)}.`;
  return [failure("old-scan", finding, rescan)];
}

function oldDatabase(
  { scanner, metadata }: Scan,
  { maxDatabaseAge }: VerificationPolicy,
): readonly VerificationFailure[] {
  if (maxDatabaseAge === undefined) return [];
  return scanner.result.scanners.flatMap(({ scanner: name, database }) => {
    const age = database === undefined ? 0 : Date.parse(metadata.scanFinishedOn) - Date.parse(database.built);
    if (age <= maxDatabaseAge) return [];
    const finding = `${name}'s database was ${days(age)} old when it scanned; allowed are ${days(maxDatabaseAge)}.`;
    return [failure("old-database", finding, `Renew the database. ${rescan}`)];
  });
}

function expiredExceptions({ scanner }: Scan, now: number): readonly VerificationFailure[] {
  const today = new Date(now).toISOString().slice(0, 10);
  return scanner.result.suppressed.flatMap(({ finding, expires }) => {
    if (expires === undefined || today <= expires) return [];
    const text = `the exception for ${nameOf(finding)} expired on ${expires}.`;
    const remedy = `Take a fix, or renew the exception in scan-exceptions.yaml. ${rescan}`;
    return [failure("expired-exception", text, remedy)];
  });
}

function severeFindings({ scanner }: Scan, policy: ScanPolicy | undefined): readonly VerificationFailure[] {
  if (policy === undefined) return [];
  const { failOn, unfixed, scanners } = policy;
  if (failOn === "never") return [];
  const isSevere = (severity: Severity) => severities.indexOf(severity) <= severities.indexOf(failOn);
  return scanner.result.findings
    .filter(({ severity }) => isSevere(severity))
    .filter((finding) => scanners[finding.scanner] === "block")
    .filter(({ fix }) => fix.state === "fixed" || unfixed === "fail")
    .map((finding) => {
      const text = `${nameOf(finding)} is ${finding.severity}; allowed is what is below ${failOn}.`;
      return failure("scan", text, "Take the fix: `npx factory lock`, then build it again.");
    });
}

function describe({ scanner, metadata }: Scan): string {
  const { status, scanners, findings } = scanner.result;
  if (status === "unscanned") return "unscanned, as a local stack allows";
  return `by ${scanners.map((each) => each.scanner).join(", ")} on ${metadata.scanFinishedOn}, ${findings.length} findings`;
}

function nameOf({ id, package: { name, version } }: Finding): string {
  return `${id} in ${name} ${version}`;
}

function days(milliseconds: number): string {
  return `${Math.round(milliseconds / 8_640_000) / 10} days`;
}
