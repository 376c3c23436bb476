/**
 * What `doctor` says about one thing. `ok`: nothing to do. `todo`: the next command does it. `limited`: works, but not for
 * everything. `missing`: a person has to do something, and `remedy` says what.
 */
export interface Finding {
  readonly area: "prerequisites" | "tools" | "system" | "services";
  readonly name: string;
  readonly state: "ok" | "todo" | "limited" | "missing";
  readonly detail: string;
  readonly remedy?: string;
}

/** All findings as text, by area. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines: string[] = [];
  let area = "";
  for (const finding of findings) {
    if (finding.area !== area) lines.push(finding.area);
    area = finding.area;
    lines.push(`  ${finding.state.padEnd(8)} ${finding.name.padEnd(width)}  ${finding.detail}`);
    if (finding.remedy !== undefined) lines.push(`${" ".repeat(width + 13)}${finding.remedy}`);
  }
  return lines.join("\n");
}
