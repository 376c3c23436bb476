import assert from "node:assert/strict";
import { buildCatalogue } from "../../domain/catalogue/build.js";
import type { MixinFolder } from "../../domain/catalogue/mixin.js";
import { parseDockerfile } from "../../domain/dockerfile/parse.js";
import { buildGraph } from "../../domain/graph/build.js";
import { buildPlan } from "../../domain/plan/build-plan.js";
import type { Sources } from "../../domain/plan/sources.js";
import type { BuildPlan } from "../../domain/plan/types.js";
import { renderBake } from "../../domain/render/bake.js";
import { testSuite } from "../../domain/tests/suite.js";
import { application, base, files, line } from "../catalogue/fixtures.js";
import { buildIds, digestOf, project, type TestImage } from "./fixtures.js";

const users: MixinFolder = { name: "users", entries: ["rootfs", "README.md"] };
const vendor: MixinFolder = {
  name: "vendor",
  entries: ["mixin.yaml", "test.yaml"],
  mixinYaml: "labels: {vendor: us, tier: shared}\n",
};
const copy = "COPY --from=factory.invalid/mixin/users / /\n";

const images: readonly TestImage[] = [
  { folder: base("debian"), dockerfile: `FROM scratch\n${copy}` },
  { folder: base("tools", "mixins: [vendor]\nlabels: {tier: own}\n"), dockerfile: "FROM scratch\n" },
  { folder: application("web"), dockerfile: "FROM factory.invalid/debian\n" },
  { folder: application("job"), dockerfile: "FROM factory.invalid/tools\n" },
];

describe("mixins", () => {
  const { catalogue, graph } = project(images, [users, vendor]);

  function plan(hash: string): BuildPlan {
    const settings = { stack: "local", source: "https://git.example/factory", with: [], only: [] };
    const sources: Sources = new Map(
      graph.nodes.map(({ id, image }) => [
        id,
        {
          dockerfile: images.find(({ folder }) => folder.name === image.name)?.dockerfile ?? "",
          ignore: "**\n",
          contextHash: id,
          contextPaths: [],
          mixinHashes: new Map([["users", digestOf(hash)]]),
        },
      ]),
    );
    const byDirectory = new Map(
      ["bases/debian\nmixins/users", "bases/tools\nmixins/vendor", "images/web", "images/job"].map((folders) => [
        folders,
        { commit: "1".repeat(40), epoch: 1_700_000_000, dirty: false },
      ]),
    );
    const revisions = { byDirectory, cutOff: [], ignored: new Set<string>() };
    return buildPlan({ catalogue, graph, pins: new Map(), settings, sources, revisions }).value;
  }

  it("change, with their files, the builds of exactly those that copy from them and of what stands on those", () => {
    const [before, after] = [buildIds(plan("a")), buildIds(plan("b"))];
    const changed = Object.keys(before).filter((id) => before[id] !== after[id]);
    assert.deepEqual(changed.sort(), ["debian", "web"]);
  });

  it("give an image their labels, of which its own win", () => {
    const labels = plan("a").images.find(({ id }) => id === "tools")?.labels;
    assert.deepEqual([labels?.vendor, labels?.tier], ["us", "own"]);
  });

  it("count for the revision: an image is its folder and those of its mixins", () => {
    assert.ok(plan("a").images.every(({ revision }) => revision.commit === "1".repeat(40)));
  });

  it("are folders, not images, for a build by hand", () => {
    const text = renderBake(plan("a"), { registry: "127.0.0.1:5000", digests: new Map() });
    assert.match(text, /"factory\.invalid\/mixin\/users" = "mixins\/users\/rootfs"/);
  });

  it("add their tests to an image's own, which come first, and of whose configuration the image's own word wins", () => {
    const node = graph.nodes.find(({ id }) => id === "debian");
    assert.ok(node !== undefined);
    const text = (name: string, user: string) =>
      `schemaVersion: "2.0.0"\nfileExistenceTests: [{ name: ${name}, path: / }]\nmetadataTest: { user: "${user}", envVars: [{ key: ${name}, value: a }] }\n`;
    const { value, problems } = testSuite(node, { file: "bases/debian/test.yaml", text: text("own", "1:1") }, [
      { file: "mixins/users/test.yaml", text: text("shared", "2:2") },
    ]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      value.fileExistenceTests.map(({ name, place }) => [name, place.file]),
      [
        ["own", "bases/debian/test.yaml"],
        ["shared", "mixins/users/test.yaml"],
      ],
    );
    assert.equal(value.metadataTest?.user, "1:1");
    assert.deepEqual(
      value.metadataTest?.envVars.map(({ key }) => key),
      ["own", "shared"],
    );
    assert.notEqual(
      value.hash,
      testSuite(node, { file: "bases/debian/test.yaml", text: text("own", "1:1") }).value.hash,
    );
  });

  const faults: readonly (readonly [what: string, dockerfile: string, imageYaml: string, expected: string])[] = [
    [
      "a name that is no mixin in a Dockerfile",
      "FROM scratch\nCOPY --from=factory.invalid/mixin/user / /\n",
      "",
      'images/web/Dockerfile:2: there is no mixin "user". | Did you mean "users"? Known mixins: users, vendor. A new one: npx factory new mixin user',
    ],
    [
      "a name that is no mixin in image.yaml",
      "FROM scratch\n",
      "owner: x\nmixins: [vendors]\n",
      'images/web/image.yaml:2: there is no mixin "vendors". | Did you mean "vendor"? Known mixins: users, vendor. A new one: npx factory new mixin vendors',
    ],
    [
      "a copy from a mixin without files",
      "FROM scratch\nCOPY --from=factory.invalid/mixin/vendor / /\n",
      "",
      'images/web/Dockerfile:2: the mixin "vendor" has no files: there is no mixins/vendor/rootfs. | Name it under mixins of image.yaml instead, or add mixins/vendor/rootfs/.',
    ],
    [
      "files that nobody copies",
      "FROM scratch\n",
      "mixins: [users]\n",
      'images/web/image.yaml:1: the mixin "users" has files, of which the Dockerfile copies none. | Write COPY --from=factory.invalid/mixin/users / / there; the line here is not needed then.',
    ],
    [
      "a mixin to stand on",
      "FROM factory.invalid/mixin/users\n",
      "",
      "images/web/Dockerfile:1: factory.invalid/mixin/users is a mixin: its files are copied, nothing stands on it. | Write COPY --from=factory.invalid/mixin/users / /.",
    ],
  ];
  for (const [what, dockerfile, imageYaml, expected] of faults) {
    it(`are refused: ${what}`, () => {
      const read = buildCatalogue({ ...files([application("web", imageYaml)]), mixins: [users, vendor] });
      assert.deepEqual(read.problems, []);
      const parsed = parseDockerfile(dockerfile, "images/web/Dockerfile", {}, ["linux/amd64"]);
      const { problems } = buildGraph(read.value, new Map([["web", parsed.value]]));
      assert.deepEqual(problems.map(line), [expected]);
    });
  }

  const folders: readonly (readonly [what: string, folder: MixinFolder, expected: string])[] = [
    [
      "a Dockerfile",
      { name: "users", entries: ["rootfs", "Dockerfile"] },
      "mixins/users/Dockerfile: a mixin has no Dockerfile; allowed are rootfs, mixin.yaml, test.yaml, README.md. | Instructions belong into a base that images stand on: move it to bases/.",
    ],
    [
      "nothing to give",
      { name: "users", entries: ["README.md"] },
      "mixins/users: there is nothing in this mixin that an image could get. | Add files below rootfs/, labels in mixin.yaml or tests in test.yaml, or remove the folder.",
    ],
    [
      "a key that nobody knows",
      { name: "users", entries: ["mixin.yaml"], mixinYaml: "label: {}\n" },
      'mixins/users/mixin.yaml:1: unknown key "label". | Did you mean "labels"? Allowed keys: labels.',
    ],
    [
      "a label that the factory computes",
      { name: "users", entries: ["mixin.yaml"], mixinYaml: "labels:\n  org.opencontainers.image.revision: x\n" },
      'mixins/users/mixin.yaml:2: labels["org.opencontainers.image.revision"]: the factory sets this label itself. | Remove it.',
    ],
  ];
  for (const [what, folder, expected] of folders) {
    it(`are refused: a folder with ${what}`, () => {
      assert.deepEqual(buildCatalogue({ ...files([]), mixins: [folder] }).problems.map(line), [expected]);
    });
  }
});
