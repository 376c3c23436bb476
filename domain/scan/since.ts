import type { Finding } from "./types.js";
import type { VulnPredicate } from "./vuln-predicate.js";

/**
 * A scan whose findings say since when they are known: from the scan before, or from now. A package's version does not
 * count: an update that does not fix it keeps its day.
 */
export function withSince(predicate: VulnPredicate, before: VulnPredicate | undefined): VulnPredicate {
  const known = before === undefined ? [] : allFindings(before);
  const told = before?.metadata.scanStartedOn ?? "";
  const dated = (finding: Finding): Finding => {
    const earlier = known.find((it) => isSame(it, finding));
    const since = earlier === undefined ? predicate.metadata.scanStartedOn : (earlier.since ?? told);
    return { ...finding, since };
  };
  const { result } = predicate.scanner;
  const findings = result.findings.map(dated);
  const suppressed = result.suppressed.map((it) => ({ ...it, finding: dated(it.finding) }));
  return { ...predicate, scanner: { ...predicate.scanner, result: { ...result, findings, suppressed } } };
}

/** Whether two scans speak of the same vulnerability of the same package. */
export function isSame(left: Finding, right: Finding): boolean {
  const names = new Set([left.id, ...left.aliases]);
  return left.package.name === right.package.name && [right.id, ...right.aliases].some((name) => names.has(name));
}

function allFindings({ scanner: { result } }: VulnPredicate): readonly Finding[] {
  return [...result.findings, ...result.suppressed.map(({ finding }) => finding)];
}
