import assert from "node:assert/strict";
import { FactoryProvider } from "../../provider/factory-provider.js";
import { evidence } from "../../provider/resources/evidence.js";

const TYPE = "factory:evidence:Evidence";

/** Only what is looked at here, as it crosses the engine. */
const inputsWith = (vex: readonly object[]) => ({ name: "web", scan: JSON.stringify({ vex }) });
const state = {
  ...inputsWith([]),
  packages: JSON.stringify(["pkg:deb/debian/libssl3t64", "pkg:npm/%40scope/name", "pkg:oci/web"]),
};

describe("Evidence", () => {
  const provider = new FactoryProvider("0.0.0", { [TYPE]: evidence }, "/");
  const statement = (...products: readonly string[]) => ({
    ids: ["CVE-2026-1"],
    products: products.map((purl) => ({ purl, subcomponents: [] })),
    status: "fixed",
  });

  for (const [name, vex, changes] of [
    ["names no product", statement(), true],
    ["names a package of the image", statement("pkg:deb/debian/libssl3t64"), true],
    ["names a version of it", statement("pkg:deb/debian/libssl3t64@3.5.1?arch=amd64"), true],
    ["names a package with a scope", statement("pkg:npm/%40scope/name@1.0.0"), true],
    ["names the image", statement("pkg:oci/web@sha256%3Aabc?repository_url=example.com/web"), true],
    ["names a package of the image beside others", statement("pkg:npm/other", "pkg:oci/web"), true],
    ["names packages that are not in it", statement("pkg:npm/other@1.0.0", "pkg:deb/debian/libssl3"), false],
    ["names another image", statement("pkg:oci/webhook"), false],
  ] as const) {
    it(`is ${changes ? "made anew for" : "left alone by"} VEX that ${name}`, async () => {
      const urn = `urn:pulumi:local::project::${TYPE}::web-evidence`;
      assert.deepEqual(await provider.diff("id", urn, state, { ...inputsWith([vex]) }), { changes });
      const known = { ...state, ...inputsWith([vex]) };
      assert.deepEqual(await provider.diff("id", urn, known, { ...inputsWith([]) }), { changes });
      assert.deepEqual(await provider.diff("id", urn, known, { ...inputsWith([vex]) }), { changes: false });
    });
  }
});
