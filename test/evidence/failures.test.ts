import assert from "node:assert/strict";
import { formatFailures } from "../../domain/evidence/failures.js";

describe("what is told of gates that an image did not pass", () => {
  it("names image, platform, gate, finding, place and remedy, ordered by platform", () => {
    const text = formatFailures("web", "sha256:ab", [
      {
        gate: "tests",
        platform: "linux/arm64",
        finding: 'the command test "version" exited with 1; 0 is expected',
        place: { file: "images/web/test.yaml", line: 4 },
        remedy: "Mend the image or the test.",
      },
      {
        gate: "scan",
        platform: "linux/amd64",
        finding: "openssl 3.0.1 has CVE-2026-1 (high), fixed in 3.0.2",
        remedy: "Type: npx factory lock debian",
      },
      { gate: "provenance", finding: "BuildKit has no record", remedy: "Build it again." },
    ]);
    assert.equal(
      text,
      `3 findings against web (sha256:ab); nothing was signed or released.
 - provenance: BuildKit has no record
   Build it again.
 - linux/amd64, scan: openssl 3.0.1 has CVE-2026-1 (high), fixed in 3.0.2
   Type: npx factory lock debian
 - linux/arm64, tests: the command test "version" exited with 1; 0 is expected [images/web/test.yaml:4]
   Mend the image or the test.`,
    );
  });
});
