import assert from "node:assert/strict";
import { unknownCheckingProxy } from "@pulumi/policy";
import { destinationsOf, type ImageInputs, namedContexts, sourceAt } from "../../../policy-pack/image-inputs.js";
import { DIGEST, UNKNOWN } from "../pack-fixture.js";

const commit = "d".repeat(40);

describe("a context's location", () => {
  for (const [location, kind] of [
    [`docker-image://example.com/a@${DIGEST}`, "digest"],
    [`docker-image://example.com/a:1@${DIGEST}`, "digest"],
    ["docker-image://example.com/a:1", "floating"],
    ["docker-image://example.com/a@sha256:abc", "floating"],
    ["docker-image://", "floating"],
    ["./images/app", "content"],
    [".", "content"],
    ["https://example.com/a.tar.gz", "floating"],
    ["https://example.com/a.git#main", "floating"],
    [`https://example.com/a.git#${commit}:sub`, "content"],
    [`git@example.com:a/b.git#${commit}`, "content"],
    ["git@example.com:a/b.git", "floating"],
    [`oci-layout://layout@${DIGEST}`, "content"],
    ["oci-layout://layout:latest", "floating"],
    [undefined, "later"],
  ] as const) {
    it(`${location ?? "that is unknown"} is ${kind}`, () => assert.equal(sourceAt(location).kind, kind));
  }
});

describe("named contexts", () => {
  it("have the name that BuildKit looks for", () => {
    const location = "./x";
    const named = { "docker.io/library/nginx:latest": { location }, "Not An Image": { location } };
    assert.deepEqual(
      namedContexts({ context: { named } }).map(({ name }) => name),
      ["nginx", "Not An Image"],
    );
  });
});

describe("destinations", () => {
  for (const [name, inputs, expected] of [
    ["a raw export", { exports: [{ raw: "type=registry,name=example.com/a:1" }] }, ["export example.com/a"]],
    [
      "several names",
      { exports: [{ raw: 'type=image,"name=example.com/a,example.com/b"' }] },
      ["export example.com/a", "export example.com/b"],
    ],
    ["an image export", { exports: [{ image: { names: ["a"] } }] }, ["export docker.io/library/a"]],
    ["tags", { tags: ["example.com:5000/a/b:1"] }, ["tag example.com:5000/a/b"]],
    [
      "caches",
      { cacheFrom: [{ registry: { ref: "example.com/c:x" } }], cacheTo: [{ raw: "type=registry,ref=example.com/d" }] },
      ["cache example.com/c", "cache example.com/d"],
    ],
    ["a name that is none", { tags: ["Not a name"] }, ["tag Not a name"]],
    ["what is known beside what is not", { tags: [UNKNOWN, "example.com/a"], exports: UNKNOWN }, ["tag example.com/a"]],
    ["nothing", {}, []],
  ] as const) {
    it(`of ${name}`, () => {
      const found = destinationsOf(unknownCheckingProxy(inputs) as ImageInputs);
      assert.deepEqual(
        found.map(({ purpose, repository }) => `${purpose} ${repository}`),
        expected,
      );
    });
  }
});
