import assert from "node:assert/strict";
import { completeSbom } from "../../domain/sbom/complete.js";
import type { Inventory } from "../../domain/sbom/inventory.js";
import { checkNtia } from "../../domain/sbom/ntia.js";

const image = {
  name: "r/own",
  platform: "linux/amd64",
  digest: `sha256:${"a".repeat(64)}`,
  owner: "us",
  suppliers: {},
};

interface Found {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly author?: string;
  readonly purl: string;
}

function inventory(found: readonly Found[], owns: readonly (readonly [string, string])[] = []): Inventory {
  return {
    document: {
      spdxVersion: "SPDX-2.3",
      dataLicense: "CC0-1.0",
      SPDXID: "SPDXRef-DOCUMENT",
      name: "x",
      documentNamespace: "x",
      creationInfo: { creators: ["Tool: syft"], created: "2026-01-01T00:00:00Z" },
      packages: [
        { SPDXID: "SPDXRef-image", name: "x", downloadLocation: "NOASSERTION" },
        ...found.map(({ id, name, version, purl }) => ({
          SPDXID: `SPDXRef-${id}`,
          name,
          versionInfo: version,
          supplier: "NOASSERTION",
          downloadLocation: "NOASSERTION",
          externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
        })),
      ],
      relationships: [
        { spdxElementId: "SPDXRef-DOCUMENT", relatedSpdxElement: "SPDXRef-image", relationshipType: "DESCRIBES" },
        ...found.map(({ id }) => ({
          spdxElementId: "SPDXRef-image",
          relatedSpdxElement: `SPDXRef-${id}`,
          relationshipType: "CONTAINS",
        })),
        ...owns.map(([owner, part]) => ({
          spdxElementId: `SPDXRef-${owner}`,
          relatedSpdxElement: `SPDXRef-${part}`,
          relationshipType: "OTHER",
          comment: "ownership-by-file-overlap: indicates that the parent package claims ownership",
        })),
      ],
    },
    origins: Object.fromEntries(found.map(({ id, path, author = "" }) => [id, { path, author, url: "" }])),
  };
}

const npm = (id: string, path: string, author = ""): Found => ({
  id,
  name: id,
  version: "1.0.0",
  path: `/usr/local/lib/node_modules/${path}/package.json`,
  author,
  purl: `pkg:npm/${id}@1.0.0`,
});
const gh = (version: string): readonly Found[] => [
  {
    id: "deb",
    name: "gh",
    version: "2.46.0-3",
    path: "/var/lib/dpkg/status.d/gh",
    author: "Team",
    purl: "pkg:deb/debian/gh@2",
  },
  { id: "go", name: "cli/cmd/gh", version, path: "/usr/bin/gh", purl: "pkg:golang/github.com/cli/cli" },
];
const names = (found: Inventory) => completeSbom(found, image).packages.map(({ name }) => name);

describe("a completed SBOM", () => {
  it("leaves out what a program says of itself without a version where a package owns the program", () => {
    const found = inventory(gh("UNKNOWN"), [["deb", "go"]]);
    assert.deepEqual(names(found), ["r/own", "gh"]);
    assert.deepEqual(checkNtia(completeSbom(found, image)), []);
  });

  it("keeps it where it has a version, and where nobody owns it: then somebody has to say what it is", () => {
    assert.deepEqual(names(inventory(gh("2.46.0"), [["deb", "go"]])), ["r/own", "gh", "cli/cmd/gh"]);
    const unowned = inventory(gh("UNKNOWN"));
    assert.match(checkNtia(completeSbom(unowned, image))[0]?.finding ?? "", /cli\/cmd\/gh UNKNOWN has no version/);
  });

  it("gives a package inside the folder of another one the supplier of that, but not one in its node_modules", () => {
    const found = inventory([
      npm("outer", "@s/outer", "Maker Inc"),
      npm("example", "@s/outer/examples/server"),
      npm("dependency", "@s/outer/node_modules/dependency"),
      npm("neighbour", "neighbour"),
    ]);
    const suppliers = completeSbom(found, image).packages.map(({ name, supplier }) => [name, supplier]);
    assert.deepEqual(Object.fromEntries(suppliers.slice(1)), {
      outer: "Organization: Maker Inc",
      example: "Organization: Maker Inc",
      dependency: "NOASSERTION",
      neighbour: "NOASSERTION",
    });
  });
});
