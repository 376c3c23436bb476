import assert from "node:assert/strict";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import type { Finding } from "../../domain/scan/types.js";
import { differenceOf, type PlatformContent } from "../../domain/watch/difference.js";

const pair = { image: "a:1", from: "sha256:1", to: "sha256:2" };

function content(
  packages: Readonly<Record<string, string>>,
  flaws: Readonly<Record<string, string>> = {},
  changes: Partial<PlatformContent> = {},
): PlatformContent {
  const listed = Object.entries(packages).map(([name, versionInfo]) => ({
    SPDXID: `SPDXRef-${name}`,
    name,
    versionInfo,
  }));
  const image = { SPDXID: "SPDXRef-Image", name: "image", versionInfo: JSON.stringify(packages) };
  const relationships = [
    { spdxElementId: "SPDXRef-DOCUMENT", relatedSpdxElement: "SPDXRef-Image", relationshipType: "DESCRIBES" },
  ];
  const findings = Object.entries(flaws).map(([id, name]) => {
    return { id, aliases: [], severity: "high", package: { name, version: "1", type: "deb" } };
  });
  return {
    platform: "linux/amd64",
    sbom: { packages: [image, ...listed], relationships } as unknown as SpdxDocument,
    findings: findings as unknown as readonly Finding[],
    config: { Env: ["A=1"] },
    ...changes,
  };
}

describe("the difference of two digests", () => {
  const before = content({ openssl: "1", zlib: "1" }, { "CVE-1": "openssl" });
  const fixed = [{ cve: "CVE-1", severity: "HIGH" }];
  const rows: Record<
    string,
    { readonly after: PlatformContent; readonly finds: readonly unknown[]; readonly unrelated: readonly string[] }
  > = {
    "a fix alone": { after: content({ openssl: "2", zlib: "1" }), finds: fixed, unrelated: [] },
    "a fix, and another package": { after: content({ openssl: "2", zlib: "2" }), finds: fixed, unrelated: ["zlib"] },
    "a fix, and a package more": {
      after: content({ openssl: "2", zlib: "1", miner: "1" }),
      finds: fixed,
      unrelated: ["miner"],
    },
    "a fix, and a package less": { after: content({ openssl: "2" }), finds: fixed, unrelated: ["zlib"] },
    "a fix that brings another flaw": {
      after: content({ openssl: "2", zlib: "1" }, { "CVE-2": "openssl" }),
      finds: fixed,
      unrelated: ["CVE-2 in openssl"],
    },
    "a fix, and another configuration": {
      after: content({ openssl: "2", zlib: "1" }, {}, { config: { Env: ["A=1"], Entrypoint: ["/x"] } }),
      finds: fixed,
      unrelated: ["configuration Entrypoint"],
    },
    "another platform": {
      after: content({ openssl: "2", zlib: "1" }, {}, { platform: "linux/arm64" }),
      finds: [],
      unrelated: ["platform linux/amd64", "platform linux/arm64"],
    },
    nothing: { after: before, finds: [], unrelated: [] },
  };
  for (const [what, { after, finds, unrelated }] of Object.entries(rows)) {
    it(`tells ${what}`, () => {
      assert.deepEqual(differenceOf(pair, [before], [after]), { ...pair, fixed: finds, unrelated });
    });
  }
});
