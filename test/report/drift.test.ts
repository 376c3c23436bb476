import assert from "node:assert/strict";
import { renderDrift } from "../../domain/report/render-drift.js";
import type { Finding } from "../../domain/scan/types.js";
import { openssl } from "../scan/finding-fixture.js";

const dated = (finding: Finding, since: string): Finding => ({ ...finding, since });
const unfixed: Finding = {
  ...openssl,
  id: "CVE-2099-2",
  severity: "low",
  fix: { state: "not-fixed", versions: [] },
};

describe("the drift report", () => {
  it("has a row for each change, with the platforms that share it, and says what could not be looked at", () => {
    const failure = { gate: "scan", finding: "x", remedy: "y" } as const;
    const platform = {
      new: [{ finding: dated(openssl, "2026-11-21T00:00:00Z"), inheritedFrom: "debian" }],
      open: [{ finding: dated(unfixed, "2026-11-01T00:00:00Z") }],
      fixed: [],
      failures: [failure],
    };
    const text = renderDrift({
      scannedOn: "2026-11-21T00:00:00Z",
      databaseBuilt: "2026-11-20T00:00:00Z",
      images: [
        {
          image: "web",
          digest: "sha256:ab",
          platforms: [
            { ...platform, platform: "linux/amd64" },
            { ...platform, platform: "linux/arm64", fixed: [{ ...unfixed, id: "CVE-2099-3" }] },
          ],
        },
        { image: "quiet", digest: "sha256:cd", platforms: [] },
      ],
      unscanned: [{ image: "gone", problem: "it has no SBOM." }],
    });
    assert.equal(
      text,
      `# Vulnerabilities since the last scan

2 images rescanned on 2026-11-21T00:00:00Z, database of 2026-11-20T00:00:00Z: 2 new, 2 still open, 1 fixed.

Would not be released today: web.

## Not rescanned

- gone: it has no SBOM.

## web

\`sha256:ab\`

| | severity | id | package | fixed in | since | from | platforms |
|---|---|---|---|---|---|---|---|
| new | high | CVE-2099-1 | libssl3t64 3.5.1 | 3.5.2 | 2026-11-21 | debian | linux/amd64, linux/arm64 |
| open | low | CVE-2099-2 | libssl3t64 3.5.1 | not-fixed | 2026-11-01 | own | linux/amd64, linux/arm64 |
| fixed | low | CVE-2099-3 | libssl3t64 3.5.1 | not-fixed |  | own | linux/arm64 |
`,
    );
  });
});
