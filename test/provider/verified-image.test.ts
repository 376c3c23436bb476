import assert from "node:assert/strict";
import { verifiedImage } from "../../provider/resources/verified-image.js";
import { newSigner } from "../registry-client/bundles.js";

const good = {
  reference: `127.0.0.1:1/web@sha256:${"a".repeat(64)}`,
  keys: [newSigner().publicKeyPem],
  builders: ["https://git.example/images/builders/local"],
  sources: ["https://git.example/images"],
  literal: true,
};
const signal = new AbortController().signal;

describe("VerifiedImage", () => {
  it("takes a digest, keys, builders and sources", () => assert.deepEqual(verifiedImage.check(good), []));

  for (const [name, changes, property, reason] of [
    ["a tag", { reference: "127.0.0.1:1/web:local" }, "reference", /a tag can move/],
    ["no key", { keys: [] }, "keys", /at least one/],
    ["text that is no key", { keys: ["x"] }, "keys", /public keys \(PEM/],
    ["no builder", { builders: [] }, "builders", /no image could pass/],
    ["no source", { sources: [] }, "sources", /no image could pass/],
  ] as const) {
    it(`refuses ${name}`, () => {
      const failures = verifiedImage.check({ ...good, ...changes });
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }

  it("looks at the registry early for plain text alone", async () => {
    const inspect = (literal: boolean) => verifiedImage.inspect?.({ ...good, literal }, { root: "", signal });
    assert.deepEqual(await inspect(false), []);
    assert.match((await inspect(true))?.[0]?.reason ?? "", /127\.0\.0\.1:1\/web: .* could not be read/);
  });

  it("keeps its state where a refresh cannot reach the registry", async () => {
    const state = {
      ...good,
      digest: "",
      platforms: [],
      verifiedPredicates: [],
      builder: "",
      source: "",
      revision: "",
      attested: [],
      lineage: [],
    };
    await assert.rejects(() => verifiedImage.read("id", state, { root: "", signal }), /could not be read/);
  });
});
