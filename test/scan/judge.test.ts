import assert from "node:assert/strict";
import { parseExceptions } from "../../domain/scan/exceptions.js";
import { judgeScan, unusedExceptions } from "../../domain/scan/judge.js";
import type { JudgeRequest, ScanPolicy } from "../../domain/scan/judgement.js";
import type { Finding, SbomScan } from "../../domain/scan/types.js";
import { parseVex } from "../../domain/scan/vex.js";
import { scanSettings } from "./database-fixture.js";
import { openssl, scanOf } from "./finding-fixture.js";

const digest = `sha256:${"a".repeat(64)}`;

function judge(changes: Partial<JudgeRequest>, policy: Partial<ScanPolicy> = {}) {
  return judgeScan({
    image: "web",
    platform: "linux/amd64",
    digest,
    scan: scanOf(openssl),
    policy: { ...scanSettings(), ...policy },
    exceptions: [],
    vex: [],
    today: "2026-11-21",
    ...changes,
  });
}

const unfixed: Finding = { ...openssl, fix: { state: "not-fixed", versions: [] } };

describe("the gate of a scan", () => {
  const rows: readonly (readonly [
    name: string,
    finding: Finding,
    policy: Partial<ScanPolicy>,
    failures: number,
    warnings: number,
  ])[] = [
    ["a high one with a fix fails", openssl, {}, 1, 0],
    ["a critical one with a fix fails", { ...openssl, severity: "critical" }, {}, 1, 0],
    ["a medium one passes silently", { ...openssl, severity: "medium" }, {}, 0, 0],
    ["one of unknown severity passes silently", { ...openssl, severity: "unknown" }, {}, 0, 0],
    ["one without a fix is reported", unfixed, {}, 0, 1],
    ["one that will not be fixed is reported", { ...unfixed, fix: { state: "wont-fix", versions: [] } }, {}, 0, 1],
    ["one without a fix fails where that is wanted", unfixed, { unfixed: "fail" }, 1, 0],
    ["a medium one fails where that is wanted", { ...openssl, severity: "medium" }, { failOn: "medium" }, 1, 0],
    ["a high one passes where only critical ones fail", openssl, { failOn: "critical" }, 0, 0],
    ["nothing fails where nothing is to", { ...openssl, severity: "critical" }, { failOn: "never" }, 0, 0],
    ["a scanner that warns fails nothing", openssl, { scanners: { ...scanSettings().scanners, grype: "warn" } }, 0, 1],
  ];
  for (const [name, finding, policy, failures, warnings] of rows) {
    it(name, () => {
      const judged = judge({ scan: scanOf(finding) }, policy);
      assert.equal(judged.failures.length, failures);
      assert.equal(judged.warnings.length, warnings);
      assert.equal(judged.predicate.scanner.result.counts[finding.severity], 1);
    });
  }

  it("says what was found, where it is fixed and what to do", () => {
    assert.deepEqual(judge({}).failures, [
      {
        gate: "scan",
        platform: "linux/amd64",
        finding: "CVE-2099-1, DSA-1-1 (high) in libssl3t64 3.5.1 (deb): fixed in 3.5.2.",
        remedy:
          "Type npx factory lock to take the fix, or write an exception in scan-exceptions.yaml (id: CVE-2099-1, reason, owner, expires).",
      },
    ]);
  });

  it("counts once what two scanners find, with the worse severity", () => {
    const scan = scanOf(openssl);
    const other: Finding = { ...openssl, id: "DSA-1-1", aliases: [], severity: "critical", scanner: "trivy" };
    const both = {
      ...scan,
      reports: [...scan.reports, { scanner: "trivy" as const, version: "1", findings: [other] }],
    };
    const { counts } = judge({ scan: both }).predicate.scanner.result;
    assert.equal(counts.critical, 1);
    assert.equal(counts.high, 0);
  });

  it("writes cosign's predicate", () => {
    const database = { version: "v6.1.4", built: "2026-11-20T00:00:00Z", checksum: "sha256:1" };
    const scan = scanOf(openssl);
    const reports = scan.reports.map((it) => ({ ...it, database }));
    const { predicate } = judge({ scan: { ...scan, reports } });
    assert.deepEqual(predicate.metadata, {
      scanStartedOn: "2026-11-21T00:00:00Z",
      scanFinishedOn: "2026-11-21T00:00:01Z",
    });
    assert.equal(predicate.scanner.uri, "https://github.com/anchore/grype");
    assert.deepEqual(predicate.scanner.db, { uri: "", ...database });
    assert.equal(predicate.scanner.result.status, "scanned");
  });

  it("says in the predicate that nobody looked, and warns", () => {
    const scan: SbomScan = {
      ...scanOf(),
      status: "unscanned",
      reports: [],
      skipped: [{ scanner: "grype", reason: "there is no database" }],
    };
    const { predicate, warnings, failures } = judge({ scan });
    assert.equal(predicate.scanner.result.status, "unscanned");
    assert.deepEqual(failures, []);
    assert.equal(warnings[0]?.message, "not scanned by grype: there is no database.");
  });
});

describe("an exception", () => {
  const exceptions = (text: string) => parseExceptions(`exceptions:\n${text}`).value;
  const all = "reason: not built in, owner: platform, expires: 2026-11-21";
  const rows: readonly (readonly [name: string, entry: string, holds: boolean])[] = [
    ["holds by id, on its last day", `  - { id: CVE-2099-1, ${all} }`, true],
    ["holds by an alias", `  - { id: DSA-1-1, ${all} }`, true],
    ["holds for a named package", `  - { id: CVE-2099-1, packages: [libssl3t64], ${all} }`, true],
    ["holds for a named image", `  - { id: CVE-2099-1, images: [web], ${all} }`, true],
    ["does not hold for another id", `  - { id: CVE-2099-2, ${all} }`, false],
    ["does not hold for another package", `  - { id: CVE-2099-1, packages: [openssl], ${all} }`, false],
    ["does not hold for another image", `  - { id: CVE-2099-1, images: [web-dev], ${all} }`, false],
    ["does not hold after its day", "  - { id: CVE-2099-1, reason: x, owner: y, expires: 2026-11-20 }", false],
  ];
  for (const [name, entry, holds] of rows) {
    it(name, () => {
      const judged = judge({ exceptions: exceptions(entry) });
      assert.equal(judged.failures.length, holds ? 0 : 1);
      assert.equal(judged.suppressed.length, holds ? 1 : 0);
      assert.equal(judged.predicate.scanner.result.counts.high, holds ? 0 : 1);
    });
  }

  it("stands in the evidence with reason, owner, last day and line", () => {
    const judged = judge({ exceptions: exceptions(`  - { id: CVE-2099-1, ${all} }`) });
    assert.deepEqual(judged.predicate.scanner.result.suppressed, [
      {
        finding: openssl,
        by: "exception",
        reason: "not built in",
        owner: "platform",
        expires: "2026-11-21",
        place: "scan-exceptions.yaml:2",
      },
    ]);
  });

  it("says when it expired, at its line", () => {
    const expired = exceptions("  - { id: CVE-2099-1, reason: x, owner: y, expires: 2026-11-20 }");
    const [failure] = judge({ exceptions: expired }).failures;
    assert.match(failure?.finding ?? "", /fixed in 3\.5\.2\. Its exception expired on 2026-11-20\.$/);
    assert.deepEqual(failure?.place, { file: "scan-exceptions.yaml", line: 2 });
  });

  it("that nothing needs is told", () => {
    const written = exceptions(`  - { id: CVE-2099-1, ${all} }\n  - { id: CVE-2099-9, ${all} }`);
    const problems = unusedExceptions(written, [judge({ exceptions: written })]);
    assert.deepEqual(problems, [
      {
        place: { file: "scan-exceptions.yaml", line: 3 },
        message: "the exception for CVE-2099-9 matches nothing that was found.",
        remedy: "Remove it from scan-exceptions.yaml.",
      },
    ]);
  });

  const mistakes: readonly (readonly [name: string, entry: string, problem: string])[] = [
    [
      "an unknown key",
      `  - { id: CVE-1, ${all}, until: never }`,
      'scan-exceptions.yaml:2: unknown key "until" in exceptions[0].',
    ],
    [
      "no reason",
      "  - { id: CVE-1, owner: y, expires: 2026-11-20 }",
      "scan-exceptions.yaml:2: exceptions[0].reason is missing.",
    ],
    ["no end", "  - { id: CVE-1, owner: y, reason: x }", "scan-exceptions.yaml:2: exceptions[0].expires is missing."],
    [
      "a day that is none",
      "  - { id: CVE-1, owner: y, reason: x, expires: 2026-02-30 }",
      "scan-exceptions.yaml:2: exceptions[0].expires: there is no day 2026-02-30.",
    ],
  ];
  for (const [name, entry, problem] of mistakes) {
    it(`with ${name} is a problem`, () => {
      const { problems } = parseExceptions(`exceptions:\n${entry}`);
      assert.deepEqual(
        problems.map(({ place, message }) => `${place.file}:${place.line}: ${message}`),
        [problem],
      );
    });
  }
});

describe("a VEX statement", () => {
  const document = (statement: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "https://example.com/vex/1",
      author: "security@example.com",
      timestamp: "2026-11-01T00:00:00Z",
      version: 1,
      statements: [{ vulnerability: { name: "CVE-2099-1" }, ...statement }],
    });
  const notAffected = { status: "not_affected", justification: "vulnerable_code_not_in_execute_path" };
  const product = (purl: string, ...subcomponents: readonly string[]) => ({
    "@id": purl,
    ...(subcomponents.length === 0 ? {} : { subcomponents: subcomponents.map((it) => ({ "@id": it })) }),
  });
  const rows: readonly (readonly [name: string, statement: Readonly<Record<string, unknown>>, holds: boolean])[] = [
    ["holds for the package", { ...notAffected, products: [product("pkg:deb/debian/libssl3t64@3.5.1")] }, true],
    ["holds for any version", { ...notAffected, products: [product("pkg:deb/debian/libssl3t64")] }, true],
    ["holds that it is fixed", { status: "fixed", products: [product("pkg:deb/debian/libssl3t64@3.5.1")] }, true],
    [
      "holds for a package of the image",
      { ...notAffected, products: [product(`pkg:oci/web@${encodeURIComponent(digest)}`, "pkg:deb/debian/libssl3t64")] },
      true,
    ],
    [
      "does not hold for another version",
      { ...notAffected, products: [product("pkg:deb/debian/libssl3t64@3.5.0")] },
      false,
    ],
    ["does not hold for another image", { ...notAffected, products: [product("pkg:oci/other")] }, false],
    [
      "does not hold for another architecture",
      { ...notAffected, products: [product("pkg:deb/debian/libssl3t64@3.5.1?arch=arm64")] },
      false,
    ],
    ["that it is affected changes nothing", { status: "affected", products: [] }, false],
    ["that it is being looked into changes nothing", { status: "under_investigation" }, false],
  ];
  for (const [name, statement, holds] of rows) {
    it(name, () => {
      const { value: vex, problems } = parseVex("vex/a.openvex.json", document(statement));
      assert.deepEqual(problems, []);
      const judged = judge({ vex });
      assert.equal(judged.failures.length, holds ? 0 : 1);
      assert.deepEqual(
        judged.suppressed.map(({ by, owner, place }) => ({ by, owner, place })),
        holds ? [{ by: "vex", owner: "security@example.com", place: "vex/a.openvex.json" }] : [],
      );
    });
  }

  it("of an image's folder holds for that image only", () => {
    const { value: vex } = parseVex("images/other/a.openvex.json", document(notAffected), ["other"]);
    assert.equal(judge({ vex }).failures.length, 1);
  });

  const mistakes: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["no JSON", "{", /^this is not JSON: /],
    ["no OpenVEX", '{"document": {}}', /^this is no OpenVEX document: @context: /],
    ["an unknown status", document({ status: "harmless" }), /^this is no OpenVEX document: statements\.0\.status: /],
    ["no justification", document({ status: "not_affected" }), /not_affected without justification/],
  ];
  for (const [name, text, message] of mistakes) {
    it(`with ${name} is a problem`, () => {
      const [problem, ...others] = parseVex("vex/a.openvex.json", text).problems;
      assert.deepEqual(others, []);
      assert.match(problem?.message ?? "", message);
    });
  }
});
