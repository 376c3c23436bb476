import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { joinSboms } from "../../domain/sbom/join.js";
import { checkNtia } from "../../domain/sbom/ntia.js";
import type { SpdxDocument, SpdxPackage } from "../../domain/sbom/spdx.js";
import { projectRoot } from "../../tools/project.js";

const complete: SpdxDocument = JSON.parse(
  readFileSync(join(projectRoot, "test/fixtures/sbom/debian-13.spdx.json"), "utf8"),
);

/** The document with one package changed. */
function withPackage(name: string, change: Partial<SpdxPackage>): SpdxDocument {
  const packages = complete.packages.map((it) => (it.name === name ? { ...it, ...change } : it));
  return { ...complete, packages };
}

describe("the NTIA's minimum elements", () => {
  it("are in the SBOM of our base", () => assert.deepEqual(checkNtia(complete, "linux/amd64"), []));

  const rows: readonly (readonly [name: string, document: SpdxDocument, finding: string, remedy: RegExp])[] = [
    [
      "a supplier that is not known",
      withPackage("tzdata", { supplier: "NOASSERTION" }),
      "package tzdata 2026f-0+deb13u1 has no supplier.",
      /^Name it in image.yaml, e.g. suppliers: \{ "tzdata": /,
    ],
    [
      "no version",
      withPackage("tzdata", { versionInfo: "" }),
      "package tzdata has no version.",
      /^Correct the package's own metadata/,
    ],
    [
      "no identifier",
      withPackage("tzdata", { externalRefs: [] }),
      "package tzdata 2026f-0+deb13u1 has no unique identifier (purl or CPE).",
      /^Correct/,
    ],
    [
      "no name",
      withPackage("tzdata", { name: "", SPDXID: complete.packages.find((it) => it.name === "tzdata")?.SPDXID ?? "" }),
      `package ${complete.packages.find((it) => it.name === "tzdata")?.SPDXID} 2026f-0+deb13u1 has no name.`,
      /^Correct/,
    ],
    [
      "no relationship",
      withPackage("tzdata", { SPDXID: "SPDXRef-Stray" }),
      "package tzdata 2026f-0+deb13u1 has no relationship to the image.",
      /^Build the image again/,
    ],
    [
      "no author",
      { ...complete, creationInfo: { ...complete.creationInfo, creators: ["Tool: syft-1.42.3"] } },
      "the SBOM names no author, only tools.",
      /owner/,
    ],
    [
      "no time",
      { ...complete, creationInfo: { ...complete.creationInfo, created: "" } },
      `the SBOM's time is "", which is none.`,
      /image.created/,
    ],
  ];
  for (const [name, document, finding, remedy] of rows) {
    it(`are missed: ${name}`, () => {
      const [failure, ...others] = checkNtia(document, "linux/amd64");
      assert.deepEqual(others, []);
      assert.equal(failure?.gate, "sbom");
      assert.equal(failure.platform, "linux/amd64");
      assert.equal(failure.finding, finding);
      assert.match(failure.remedy, remedy);
    });
  }
});

describe("the joined SBOM of an index", () => {
  const index = { name: "registry.example.com/debian", digest: `sha256:${"a".repeat(64)}`, owner: "platform" };
  const own = complete.packages[0]?.versionInfo ?? "";
  const arm = `sha256:${"b".repeat(64)}`;
  const armDocument: SpdxDocument = JSON.parse(
    JSON.stringify(complete).replaceAll(own, arm).replaceAll(own.slice(7), arm.slice(7)),
  );
  const joined = joinSboms(index, [
    { platform: "linux/arm64", digest: arm, document: armDocument },
    { platform: "linux/amd64", digest: own, document: complete },
  ]);

  it("describes the index and every platform's image", () => {
    const images = [index.digest, own, arm].map((digest) => `SPDXRef-Image-${digest.slice(7)}`);
    assert.deepEqual(joined.documentDescribes, images);
    const described = joined.relationships.filter((it) => it.relationshipType === "DESCRIBES");
    assert.deepEqual(
      described.map((it) => it.relatedSpdxElement),
      images,
    );
  });

  it("holds every package of every platform under an id of its own, and is complete", () => {
    const ids = joined.packages.map(({ SPDXID }) => SPDXID);
    assert.equal(ids.length, 1 + 2 * complete.packages.length);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(checkNtia(joined), []);
  });

  it("relates nothing that is not there", () => {
    const ids = new Set(["SPDXRef-DOCUMENT", ...joined.packages.map(({ SPDXID }) => SPDXID)]);
    const lost = joined.relationships.filter((it) => !ids.has(it.spdxElementId) || !ids.has(it.relatedSpdxElement));
    assert.deepEqual(lost, []);
  });

  it("is the same in whatever order the platforms come", () => {
    const other = joinSboms(index, [
      { platform: "linux/amd64", digest: own, document: complete },
      { platform: "linux/arm64", digest: arm, document: armDocument },
    ]);
    assert.equal(JSON.stringify(other), JSON.stringify(joined));
  });
});
