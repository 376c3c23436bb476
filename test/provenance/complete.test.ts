import assert from "node:assert/strict";
import fc from "fast-check";
import { type BuildkitProvenance, buildkitProvenanceSchema } from "../../domain/provenance/buildkit.js";
import { type BuildFacts, completeProvenance, joinProvenance } from "../../domain/provenance/complete.js";
import { provenanceSchema } from "../../domain/provenance/schema.js";

const base = { uri: "pkg:docker/registry/python?digest=sha256:aa", digest: { sha256: "aa" } };

const facts: BuildFacts = {
  builderId: "https://git.example/images/builders/local",
  versions: { buildkit: "v0.31.1" },
  repository: "https://git.example/images",
  revision: { commit: "c".repeat(40), epoch: 1, dirty: false },
  image: "web",
  dockerfile: "images/web/Dockerfile",
  buildArgs: { SOURCE_DATE_EPOCH: "1" },
  platforms: ["linux/amd64", "linux/arm64"],
  secrets: ["npm-token"],
  buildId: "b".repeat(64),
};

function record(materials: readonly (typeof base)[] | null, complete = false): BuildkitProvenance {
  return buildkitProvenanceSchema.parse({
    buildDefinition: {
      buildType: "https://buildkit.example",
      resolvedDependencies: materials,
      externalParameters: { request: {} },
    },
    runDetails: {
      builder: { id: "" },
      metadata: {
        invocationId: "ref",
        startedOn: "2026-01-01T00:00:00Z",
        finishedOn: "2026-01-01T00:01:00Z",
        buildkit_completeness: { request: true, resolvedDependencies: complete },
      },
    },
  });
}

describe("provenance", () => {
  it("says who built it, from which commit, for which platform, and reads back", () => {
    const { buildDefinition, runDetails } = provenanceSchema.parse(
      completeProvenance(record([base]), "linux/amd64", facts),
    );
    assert.equal(runDetails.builder.id, facts.builderId);
    assert.deepEqual(buildDefinition.externalParameters.source, {
      repository: "https://git.example/images",
      revision: "c".repeat(40),
      dirty: false,
    });
    assert.equal(buildDefinition.internalParameters.platform, "linux/amd64");
    assert.deepEqual(buildDefinition.resolvedDependencies, [
      { uri: "git+https://git.example/images", digest: { gitCommit: "c".repeat(40) } },
      base,
    ]);
  });

  const notFromACommit: readonly (readonly [name: string, revision: BuildFacts["revision"]])[] = [
    ["a dirty tree", { commit: "c".repeat(40), epoch: 1, dirty: true }],
    ["files without a commit", { commit: "", epoch: 0, dirty: true }],
  ];
  for (const [name, revision] of notFromACommit) {
    it(`names no commit as a material of ${name}`, () => {
      const { buildDefinition } = completeProvenance(record(null), "linux/amd64", { ...facts, revision });
      assert.deepEqual(buildDefinition.resolvedDependencies, []);
      assert.equal(buildDefinition.externalParameters.source.dirty, true);
    });
  }

  it("says what BuildKit says of its completeness, and false where that says nothing", () => {
    const complete = (from: BuildkitProvenance) =>
      completeProvenance(from, "linux/amd64", facts).runDetails.metadata.buildkit_completeness;
    assert.deepEqual(complete(record([base], true)), { request: true, resolvedDependencies: true });
    const { buildkit_completeness: _, ...metadata } = record([base]).runDetails.metadata;
    const silent = buildkitProvenanceSchema.parse({ buildDefinition: {}, runDetails: { metadata } });
    assert.deepEqual(complete(silent), { request: false, resolvedDependencies: false });
  });

  it("of an index has all materials, each once, and is as complete as the least complete platform", () => {
    const materials = fc.uniqueArray(
      fc
        .integer({ min: 0, max: 9 })
        .map((n) => ({ uri: `pkg:docker/registry/base-${n}`, digest: { sha256: String(n) } })),
      { selector: ({ uri }) => uri },
    );
    const platform = fc.record({ materials, complete: fc.boolean() });
    fc.assert(
      fc.property(fc.array(platform, { minLength: 1 }), (platforms) => {
        const [first, ...others] = platforms.map((it) =>
          completeProvenance(record(it.materials, it.complete), "linux/amd64", facts),
        );
        assert.ok(first !== undefined);
        const { buildDefinition, runDetails } = provenanceSchema.parse(joinProvenance([first, ...others]));
        const uris = buildDefinition.resolvedDependencies.map(({ uri }) => uri);
        const expected = platforms.flatMap((it) => it.materials.map(({ uri }) => uri));
        assert.deepEqual(uris, [...new Set([...expected, "git+https://git.example/images"])].sort());
        assert.equal(
          runDetails.metadata.buildkit_completeness.resolvedDependencies,
          platforms.every(({ complete }) => complete),
        );
        assert.equal(buildDefinition.internalParameters.platform, undefined);
      }),
    );
  });
});
