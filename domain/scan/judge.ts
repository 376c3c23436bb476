import type { GateFailure } from "../evidence/types.js";
import { severities } from "../evidence/types.js";
import { formatPlace, type Problem } from "../problems.js";
import { concernsImage, EXCEPTIONS_FILE, isExpired, type ScanException } from "./exceptions.js";
import type { JudgeRequest, ScanJudgement, ScanPolicy, Suppression } from "./judgement.js";
import type { Finding } from "./types.js";
import { purlMatches, type VexStatement } from "./vex.js";
import { vulnPredicate } from "./vuln-predicate.js";

/** What a platform's scan means for its release. */
export function judgeScan(request: JudgeRequest): ScanJudgement {
  const { image, platform, scan, policy } = request;
  const suppressed: Suppression[] = [];
  const open: Finding[] = [];
  for (const finding of scan.reports.flatMap(({ findings }) => findings)) {
    const suppression = suppressedBy(finding, request);
    if (suppression === undefined) open.push(finding);
    else suppressed.push(suppression);
  }
  const failures: GateFailure[] = [];
  const warnings: Problem[] = [];
  for (const finding of open) {
    if (!isSevere(finding, policy)) continue;
    const isFixed = finding.fix.state === "fixed";
    const says = `${finding.id}${otherNames(finding)} (${finding.severity}) in ${nameOf(finding)}: ${fixOf(finding)}`;
    const expired = expiredException(finding, request);
    const told = expired === undefined ? says : `${says} Its exception expired on ${expired.expires}.`;
    if (policy.scanners[finding.scanner] === "block" && (isFixed || policy.unfixed === "fail")) {
      const place = expired === undefined ? {} : { place: expired.place };
      failures.push({ gate: "scan", platform, finding: told, remedy: remedyOf(finding), ...place });
    } else {
      warnings.push({ place: { file: image }, message: `${platform}: ${told}`, remedy: remedyOf(finding) });
    }
  }
  for (const { scanner, reason } of scan.skipped) {
    // The same on every platform, so that it is told once.
    const message = `not scanned by ${scanner}: ${reason.replace(/\.*$/, ".")}`;
    const remedy = `To do without: factory:scan: { scanners: { ${scanner}: "off" } }.`;
    warnings.push({ place: { file: image }, message, remedy });
  }
  return { failures, warnings, suppressed, predicate: vulnPredicate(scan, open, suppressed) };
}

/** Exceptions that no finding of any image needed: what they were for is gone. Call it when all images are judged. */
export function unusedExceptions(
  exceptions: readonly ScanException[],
  judgements: readonly ScanJudgement[],
): readonly Problem[] {
  const used = new Set(judgements.flatMap(({ suppressed }) => suppressed.map(({ place }) => place)));
  return exceptions
    .filter((it) => !used.has(formatPlace(it.place)))
    .map(({ id, place }) => ({
      place,
      message: `the exception for ${id} matches nothing that was found.`,
      remedy: `Remove it from ${EXCEPTIONS_FILE}.`,
    }));
}

function isSevere({ severity }: Finding, { failOn }: ScanPolicy): boolean {
  return failOn !== "never" && severities.indexOf(severity) <= severities.indexOf(failOn);
}

function suppressedBy(finding: Finding, request: JudgeRequest): Suppression | undefined {
  const statement = request.vex.find((it) => excuses(it, finding, request));
  if (statement !== undefined) {
    const { status, justification, author, file } = statement;
    const reason = justification === undefined ? status : `${status}: ${justification}`;
    return { finding, by: "vex", reason, owner: author, place: file };
  }
  const exception = exceptionsFor(finding, request).find((it) => !isExpired(it, request.today));
  if (exception === undefined) return undefined;
  const { reason, owner, expires, place } = exception;
  return { finding, by: "exception", reason, owner, expires, place: formatPlace(place) };
}

function expiredException(finding: Finding, request: JudgeRequest): ScanException | undefined {
  return exceptionsFor(finding, request).find((it) => isExpired(it, request.today));
}

function exceptionsFor(finding: Finding, { exceptions, image }: JudgeRequest): readonly ScanException[] {
  return exceptions.filter(
    (it) =>
      isNamed(finding, [it.id]) &&
      concernsImage(it, image) &&
      (it.packages === undefined || it.packages.includes(finding.package.name)),
  );
}

/** Products are packages, or images with packages as their subcomponents. */
function excuses(statement: VexStatement, finding: Finding, { image, digest }: JudgeRequest): boolean {
  const { status, ids, products } = statement;
  if (status !== "not_affected" && status !== "fixed") return false;
  if (!isNamed(finding, ids)) return false;
  if (statement.images?.includes(image) === false) return false;
  if (products.length === 0) return true;
  const isPackage = (purl: string) => finding.package.purl !== undefined && purlMatches(purl, finding.package.purl);
  return products.some(({ purl, subcomponents }) => {
    if (isPackage(purl)) return true;
    const named = purlMatches(purl, `pkg:oci/${image}@${digest}`);
    return named && (subcomponents.length === 0 || subcomponents.some(isPackage));
  });
}

function isNamed({ id, aliases }: Finding, ids: readonly string[]): boolean {
  return ids.some((it) => it === id || aliases.includes(it));
}

function otherNames({ aliases }: Finding): string {
  return aliases.length === 0 ? "" : `, ${aliases.join(", ")}`;
}

function nameOf({ package: { name, version, type } }: Finding): string {
  return `${name} ${version} (${type})`;
}

function fixOf({ fix: { state, versions } }: Finding): string {
  if (state === "fixed") return versions.length === 0 ? "there is a fix." : `fixed in ${versions.join(", ")}.`;
  return state === "wont-fix" ? "it will not be fixed." : "there is no fix yet.";
}

function remedyOf({ fix, package: { name, type }, id }: Finding): string {
  const exception = `an exception in ${EXCEPTIONS_FILE} (id: ${id}, reason, owner, expires)`;
  if (fix.state !== "fixed") return `Watch it, replace ${name}, or write ${exception}.`;
  const update = type === "deb" ? "Type npx factory lock" : `Update ${name} and type npx factory lock`;
  return `${update} to take the fix, or write ${exception}.`;
}
