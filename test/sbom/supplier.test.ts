import assert from "node:assert/strict";
import { supplierOf } from "../../domain/sbom/supplier.js";

describe("the supplier of a package", () => {
  const rows: readonly (readonly [
    name: string,
    found: { readonly purl: string; readonly supplier?: string },
    origin: { readonly author?: string; readonly url?: string; readonly path?: string },
    supplier: string,
  ])[] = [
    [
      "is what syft found",
      { purl: "pkg:deb/debian/a@1", supplier: "Person: A (a@b.org)" },
      { author: "B <b@b.org>" },
      "Person: A (a@b.org)",
    ],
    [
      "is a team, which is an organization",
      { purl: "pkg:deb/debian/a@1" },
      { author: "Debian GCC Maintainers <debian-gcc@lists.debian.org>" },
      "Organization: Debian GCC Maintainers (debian-gcc@lists.debian.org)",
    ],
    [
      "is the first of several authors",
      { purl: "pkg:npm/a@1" },
      { author: "V Z <v@b.org>, A Z <a@b.org> (http://x.org)" },
      "Person: V Z (v@b.org)",
    ],
    ["is an author without address", { purl: "pkg:npm/a@1" }, { author: "Ada (GCS)" }, "Person: Ada"],
    ["is an address without name", { purl: "pkg:pypi/a@1" }, { author: "<a@b.org>" }, "Person: a@b.org"],
    [
      "is the owner of a short repository",
      { purl: "pkg:npm/a@1" },
      { url: "nodeca/a.js", path: "/app/node_modules/a/package.json" },
      "Organization: nodeca",
    ],
    [
      "is the owner of a repository by ssh",
      { purl: "pkg:npm/a@1" },
      { url: "git@github.com:siimon/prom-client.git", path: "/app/node_modules/a/package.json" },
      "Organization: siimon",
    ],
    ["is known for node", { purl: "pkg:generic/node@24.1.0" }, {}, "Organization: OpenJS Foundation"],
    ["is where a Go module lies", { purl: "pkg:golang/github.com/a/b@v1.0.0" }, {}, "Organization: github.com/a"],
    ["is the registry of a crate", { purl: "pkg:cargo/zvariant@5.11.0" }, {}, "Organization: crates.io"],
    [
      "is the image's owner for its own files",
      { purl: "pkg:npm/own@1" },
      { path: "/app/package.json" },
      "Organization: web",
    ],
    ["is the image's owner for a program of its own", { purl: "pkg:generic/x@1" }, {}, "Organization: web"],
    [
      "is not known for a package of others that does not say it",
      { purl: "pkg:npm/a@1" },
      { path: "/app/node_modules/a/package.json" },
      "NOASSERTION",
    ],
    ["is what image.yaml declares", { purl: "pkg:npm/declared@1" }, {}, "Organization: Example"],
  ];
  for (const [name, { purl, supplier }, { author = "", url = "", path = "" }, expected] of rows) {
    it(name, () => {
      const found = {
        SPDXID: "SPDXRef-a",
        name: purl.includes("declared") ? "declared" : "a",
        downloadLocation: "NOASSERTION",
        externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
        ...(supplier === undefined ? {} : { supplier }),
      };
      assert.equal(supplierOf(found, { author, url, path }, { declared: "Example" }, "web"), expected);
    });
  }
});
