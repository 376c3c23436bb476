import assert from "node:assert/strict";
import { renderSarif, type ScannedPlatform } from "../../domain/scan/render-sarif.js";
import { renderScanTable } from "../../domain/scan/render-table.js";
import type { Finding } from "../../domain/scan/types.js";
import { openssl, scanOf } from "./finding-fixture.js";

const zlib: Finding = {
  ...openssl,
  id: "CVE-2099-2",
  aliases: [],
  severity: "critical",
  package: { name: "zlib1g", version: "1.3", type: "deb" },
  fix: { state: "not-fixed", versions: [] },
  url: "https://example.com/CVE-2099-2",
};

const platforms: readonly ScannedPlatform[] = ["linux/amd64", "linux/arm64"].map((platform, index) => ({
  platform,
  dockerfile: "images/web/Dockerfile",
  scan: scanOf(openssl, ...(index === 0 ? [zlib] : [])),
  suppressed: index === 0 ? [{ finding: zlib, by: "vex", reason: "not_affected: x", owner: "o", place: "p" }] : [],
}));

describe("a scan as text", () => {
  it("is a table, worst first, platforms together, suppressed ones in brackets", () => {
    assert.equal(
      renderScanTable(platforms),
      [
        "severity    id          package     version  fixed in   scanner  platforms",
        "(critical)  CVE-2099-2  zlib1g      1.3      not-fixed  grype    linux/amd64",
        "high        CVE-2099-1  libssl3t64  3.5.1    3.5.2      grype    linux/amd64, linux/arm64",
        "",
      ].join("\n"),
    );
  });

  it("tells nothing found from not scanned", () => {
    const [first] = platforms;
    assert.ok(first);
    assert.equal(renderScanTable([{ ...first, scan: scanOf(), suppressed: [] }]), "nothing found\n");
    const unscanned = { ...scanOf(), status: "unscanned" as const, reports: [] };
    assert.equal(
      renderScanTable([{ ...first, scan: unscanned, suppressed: [] }]),
      "not scanned: there is no database\n",
    );
  });

  it("is SARIF with a run for each scanner, at the Dockerfile", () => {
    const { version, runs } = JSON.parse(renderSarif(platforms));
    assert.equal(version, "2.1.0");
    const [run, ...others] = runs;
    assert.deepEqual(others, []);
    const { driver } = run.tool;
    assert.deepEqual([driver.name, driver.version], ["grype", "0.110.0"]);
    assert.deepEqual(
      driver.rules.map((rule: { id: string }) => rule.id),
      ["CVE-2099-1", "CVE-2099-2"],
    );
    assert.deepEqual(run.results[1], {
      ruleId: "CVE-2099-2",
      ruleIndex: 1,
      level: "error",
      message: { text: "zlib1g 1.3 (linux/amd64) has CVE-2099-2, not fixed." },
      locations: [
        { physicalLocation: { artifactLocation: { uri: "images/web/Dockerfile" }, region: { startLine: 1 } } },
      ],
      partialFingerprints: { package: "CVE-2099-2 zlib1g linux/amd64" },
      suppressions: [{ kind: "external", justification: "not_affected: x" }],
    });
    assert.equal(run.results.length, 3);
  });
});
