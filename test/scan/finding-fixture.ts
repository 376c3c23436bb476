import type { Finding, SbomScan } from "../../domain/scan/types.js";

export const openssl: Finding = {
  id: "CVE-2099-1",
  aliases: ["DSA-1-1"],
  severity: "high",
  package: { name: "libssl3t64", version: "3.5.1", type: "deb", purl: "pkg:deb/debian/libssl3t64@3.5.1?arch=amd64" },
  fix: { state: "fixed", versions: ["3.5.2"] },
  scanner: "grype",
};

export function scanOf(...findings: readonly Finding[]): SbomScan {
  return {
    status: "scanned",
    reports: [{ scanner: "grype", version: "0.110.0", findings }],
    skipped: [],
    startedOn: "2026-11-21T00:00:00Z",
    finishedOn: "2026-11-21T00:00:01Z",
  };
}
