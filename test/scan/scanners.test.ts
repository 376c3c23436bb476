import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SbomScan } from "../../domain/scan/types.js";
import type { ScannerName } from "../../domain/settings/scan.js";
import { scanSboms } from "../../provider/scan/scan-sboms.js";
import { baseSbom, nextDay, scanSettings } from "./database-fixture.js";

// The scanners' documented forms, with what we read and some of what we do not.
const trivyReport = {
  SchemaVersion: 2,
  ArtifactType: "spdx",
  Results: [
    {
      Target: "debian 13",
      Class: "os-pkgs",
      Type: "debian",
      Vulnerabilities: [
        {
          VulnerabilityID: "CVE-2099-0001",
          PkgName: "libc6",
          PkgIdentifier: { PURL: "pkg:deb/debian/libc6@2.41-12?arch=amd64" },
          InstalledVersion: "2.41-12",
          FixedVersion: "2.41-99",
          Status: "fixed",
          Severity: "HIGH",
          PrimaryURL: "https://avd.aquasec.com/nvd/cve-2099-0001",
        },
        {
          VulnerabilityID: "CVE-2099-0009",
          PkgName: "tzdata",
          InstalledVersion: "1",
          Status: "will_not_fix",
          Severity: "LOW",
        },
      ],
    },
    { Target: "Python", Class: "lang-pkgs", Type: "python-pkg" },
  ],
};
const trivyVersion = { Version: "0.70.0", VulnerabilityDB: { Version: 2, UpdatedAt: "2026-11-20T06:00:00.123Z" } };
const snykReport = {
  ok: false,
  packageManager: "deb",
  vulnerabilities: [
    {
      id: "SNYK-DEBIAN13-GLIBC-1",
      packageName: "glibc/libc6",
      version: "2.41-12",
      severity: "high",
      identifiers: { CVE: ["CVE-2099-0001"], CWE: ["CWE-121"] },
      nearestFixedInVersion: "2.41-99",
    },
    { id: "SNYK-DEBIAN13-GLIBC-1", packageName: "glibc/libc6", version: "2.41-12", severity: "high" },
  ],
};
const scoutReport = {
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "docker scout",
          version: "1.21.0",
          rules: [
            {
              id: "CVE-2099-0003",
              helpUri: "https://scout.docker.com/v/CVE-2099-0003",
              properties: {
                affected_version: "<6",
                fixed_version: "not fixed",
                cvssV3_severity: "CRITICAL",
                purls: ["pkg:npm/%40scope/js-yaml@5.5.0"],
              },
            },
          ],
        },
      },
      results: [{ ruleId: "CVE-2099-0003", message: { text: "x" } }],
    },
  ],
};

/** A shell script that stands for a program. */
type Fake = string;

const says = (value: unknown) => `cat <<'END'\n${JSON.stringify(value)}\nEND\n`;
const trivy: Fake = `case "$1" in version) ${says(trivyVersion)};; sbom) test -s "$7" || exit 9\n${says(trivyReport)};; esac`;
const snyk: Fake = `case "$1" in --version) echo "1.1303.2 (standalone)";; *) ${says(snykReport)}exit 1;; esac`;
const docker: Fake = says(scoutReport);

describe("installed scanners", () => {
  const PATH = process.env.PATH;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "factory-scanners-test-"));
    mkdirSync(path.join(folder, "bin"));
    process.env.PATH = `${path.join(folder, "bin")}:${PATH}`;
  });

  afterEach(() => {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true, force: true });
  });

  async function scan(
    scanners: Partial<Record<ScannerName, "block" | "warn" | "off">>,
    fakes: Readonly<Record<string, Fake>>,
    signal = new AbortController().signal,
  ): Promise<SbomScan> {
    for (const [name, script] of Object.entries(fakes)) {
      writeFileSync(path.join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const scans = await scanSboms({
      sboms: [{ key: "base", document: baseSbom() }],
      settings: scanSettings({ scanners: { grype: "off", ...scanners } }),
      root: folder,
      development: false,
      now: nextDay,
      signal,
    });
    const [found] = scans.values();
    assert.ok(found);
    return found;
  }

  it("trivy: findings, version and database", async () => {
    const { reports, status } = await scan({ trivy: "block" }, { trivy });
    assert.equal(status, "scanned");
    assert.deepEqual(reports, [
      {
        scanner: "trivy",
        version: "0.70.0",
        database: { version: "2", built: "2026-11-20T06:00:00Z" },
        findings: [
          {
            id: "CVE-2099-0001",
            aliases: [],
            severity: "high",
            package: {
              name: "libc6",
              version: "2.41-12",
              type: "debian",
              purl: "pkg:deb/debian/libc6@2.41-12?arch=amd64",
            },
            fix: { state: "fixed", versions: ["2.41-99"] },
            scanner: "trivy",
            url: "https://avd.aquasec.com/nvd/cve-2099-0001",
          },
          {
            id: "CVE-2099-0009",
            aliases: [],
            severity: "low",
            package: { name: "tzdata", version: "1", type: "debian" },
            fix: { state: "wont-fix", versions: [] },
            scanner: "trivy",
          },
        ],
      },
    ]);
  });

  it("snyk: exit code 1 means that something was found; paths to one package count once", async () => {
    const { reports } = await scan({ snyk: "block" }, { snyk });
    assert.equal(reports[0]?.version, "1.1303.2");
    const [finding, ...others] = reports[0].findings;
    assert.deepEqual(others, []);
    assert.equal(finding?.id, "SNYK-DEBIAN13-GLIBC-1");
    assert.equal(finding.severity, "high");
  });

  it("docker scout: a finding for each package of a rule", async () => {
    const { reports } = await scan({ scout: "block" }, { docker });
    assert.equal(reports[0]?.version, "1.21.0");
    assert.deepEqual(reports[0].findings, [
      {
        id: "CVE-2099-0003",
        aliases: [],
        severity: "critical",
        package: {
          name: "@scope/js-yaml",
          version: "5.5.0",
          type: "npm",
          purl: "pkg:npm/%40scope/js-yaml@5.5.0",
        },
        fix: { state: "not-fixed", versions: [] },
        scanner: "scout",
        url: "https://scout.docker.com/v/CVE-2099-0003",
      },
    ]);
  });

  it("run side by side, each in its report", async () => {
    const { reports } = await scan({ trivy: "warn", snyk: "block", scout: "block" }, { trivy, snyk, docker });
    assert.deepEqual(
      reports.map(({ scanner }) => scanner),
      ["trivy", "snyk", "scout"],
    );
  });

  it("are left out where they are not installed, which the scan says", async () => {
    const { reports, skipped } = await scan({ trivy: "block", snyk: "block" }, { snyk });
    assert.equal(reports.length, 1);
    assert.deepEqual(skipped, [{ scanner: "trivy", reason: "there is no trivy on PATH" }]);
  });

  it("that are all left out leave an image unscanned", async () => {
    assert.equal((await scan({ trivy: "block" }, {})).status, "unscanned");
  });

  const faults: readonly (readonly [name: string, fake: Fake, reason: RegExp])[] = [
    ["crashes", "echo 'FATAL: no space' >&2; exit 3", /^trivy failed \(3\): FATAL: no space\. Run it by hand/],
    ["is killed", "kill -9 $$", /^trivy failed \(137\): it said nothing and ended with code 137/],
    ["writes garbage", "echo '<html>'", /^trivy wrote what we do not understand: "<html>"/],
    ["writes another version of its format", says({ SchemaVersion: 9 }), /^trivy wrote what we do not understand/],
    ["writes half of it", says(trivyReport).replace("END\n", "").slice(0, 60), /^trivy (failed|wrote)/],
  ];
  for (const [name, fake, reason] of faults) {
    it(`a blocking one that ${name} fails`, async () => {
      await assert.rejects(scan({ trivy: "block" }, { trivy: fake }), (error: Error) => reason.test(error.message));
    });

    it(`a warning one that ${name} is left out, with the reason`, async () => {
      const { skipped, reports } = await scan({ trivy: "warn", snyk: "block" }, { trivy: fake, snyk });
      assert.equal(reports.length, 1);
      assert.match(skipped[0]?.reason ?? "", reason);
    });
  }

  it("are stopped when the run is cancelled", async () => {
    const stop = new AbortController();
    const started = path.join(folder, "started");
    const hanging = `echo $$ > ${started}.part && mv ${started}.part ${started}; exec sleep 600`;
    const scanned = scan({ trivy: "warn" }, { trivy: hanging }, stop.signal);
    const { existsSync, readFileSync, watch } = await import("node:fs");
    await new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        if (existsSync(started)) {
          watcher.close();
          resolve();
        }
      });
      if (existsSync(started)) {
        watcher.close();
        resolve();
      }
    });
    const reason = new Error("enough");
    stop.abort(reason);
    await assert.rejects(scanned, reason);
    const pid = Number(readFileSync(started, "utf8"));
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });
});
