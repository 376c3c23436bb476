import assert from "node:assert/strict";
import { formatProblems } from "../../domain/problems.js";
import { BUILD_TYPE, type Provenance } from "../../domain/provenance/schema.js";
import { recordedBuild } from "../../domain/reproduction/recorded-build.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const hex = (letter: string) => letter.repeat(64);

function provenance(changes: {
  readonly source?: Partial<Provenance["buildDefinition"]["externalParameters"]["source"]>;
  readonly materials?: readonly (readonly [uri: string, sha256: string])[];
}): Provenance {
  const materials = changes.materials ?? [
    [`pkg:docker/127.0.0.1%3A5000/team/os?digest=sha256:${hex("a")}&platform=linux%2Famd64`, hex("a")],
    [`pkg:docker/127.0.0.1%3A5000/team/os?digest=sha256:${hex("a")}&platform=linux%2Farm64`, hex("a")],
    [`pkg:docker/nginx?digest=sha256:${hex("b")}&platform=linux%2Famd64`, hex("b")],
  ];
  const context = (name: string, image: string) => ({ [`context:${name}`]: `docker-image://${image}` });
  const args = {
    ...context("factory.invalid/os", `127.0.0.1:5000/team/os@sha256:${hex("a")}`),
    ...context("nginx:1.29", `docker.io/library/nginx@sha256:${hex("b")}`),
    "build-arg:A": "1",
  };
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: {
        source: { repository: "https://git.example/factory", revision: COMMIT, dirty: false, ...changes.source },
        image: "web",
        dockerfile: "images/web/Dockerfile",
        buildArgs: {},
        platforms: ["linux/amd64", "linux/arm64"],
        secrets: ["token"],
      },
      internalParameters: { buildId: "1", buildkit: { externalParameters: { request: { args } } } },
      resolvedDependencies: [
        { uri: "git+https://git.example/factory", digest: { gitCommit: COMMIT } },
        ...materials.map(([uri, sha256]) => ({ uri, digest: { sha256 } })),
      ],
    },
    runDetails: {
      builder: { id: "https://git.example/builders/a", version: {} },
      metadata: {
        invocationId: "x",
        startedOn: "",
        finishedOn: "",
        buildkit_completeness: { request: true, resolvedDependencies: false },
      },
    },
  };
}

describe("a recorded build", () => {
  it("is read from provenance: each image once, under its full name, and what each name stood for", () => {
    const { value, problems } = recordedBuild("web", provenance({}), provenance({}));
    assert.deepEqual(problems, []);
    const os = { repository: "127.0.0.1:5000/team/os", digest: `sha256:${hex("a")}` };
    const nginx = { repository: "docker.io/library/nginx", digest: `sha256:${hex("b")}` };
    assert.deepEqual(value?.materials, [os, nginx]);
    assert.deepEqual(
      [...(value?.contexts ?? [])],
      [
        ["factory.invalid/os", os],
        ["nginx:1.29", nginx],
      ],
    );
    assert.deepEqual([value?.image, value?.revision, value?.secrets], ["web", COMMIT, ["token"]]);
  });

  const refused: readonly (readonly [what: string, record: Provenance, message: RegExp])[] = [
    [
      "changed files",
      provenance({ source: { dirty: true } }),
      /web: it was built from 0123456789ab-dirty, .*nobody can/,
    ],
    ["files in no commit", provenance({ source: { revision: "", dirty: true } }), /from files that are in no commit/],
    [
      "a name that stood for no material",
      provenance({ materials: [] }),
      /factory\.invalid\/os was sha256:aaa.* none of/,
    ],
  ];
  for (const [what, record, message] of refused) {
    it(`is refused with ${what}`, () => {
      const { problems } = recordedBuild("web", record, record);
      assert.match(formatProblems("web", problems), message);
    });
  }
});
