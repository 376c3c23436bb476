import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type NewFolder, type NewImage, scaffold } from "../../cli/scaffold.js";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { formatPlace, ProblemsError } from "../../domain/problems.js";
import { loadProject } from "../../domain/project/load.js";
import { parseSettings } from "../../domain/settings/parse.js";
import { testSchema } from "../../domain/tests/schema.js";
import { readYaml } from "../../domain/yaml/check.js";

const projectRoot = resolve(__dirname, "../../..");

describe("factory new", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "scaffold-"));
    for (const name of ["debian", "python", "node"]) {
      mkdirSync(join(root, "bases", name), { recursive: true });
      writeFileSync(join(root, "bases", name, "Dockerfile"), "FROM scratch\n");
    }
    writeFileSync(join(root, "bases/python/image.yaml"), "variants: { dev: { target: dev } }\n");
    writeFileSync(join(root, "images.yaml"), "images:\n  - name: redis\n    repoURL: redis\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const rows: readonly (readonly [NewImage, readonly string[]])[] = [
    [{ kind: "base", name: "java", from: "debian" }, ["Dockerfile", "README.md", "image.yaml", "test.yaml"]],
    [
      { kind: "application", name: "web", from: "python" },
      ["Dockerfile", "README.md", "image.yaml", "main.py", "test.yaml"],
    ],
    [
      { kind: "application", name: "web", from: "node" },
      ["Dockerfile", "README.md", "image.yaml", "server.mjs", "test.yaml"],
    ],
    [{ kind: "application", name: "web", from: "debian" }, ["Dockerfile", "README.md", "image.yaml", "test.yaml"]],
    [{ kind: "application", name: "web", from: "python-dev" }, ["Dockerfile", "README.md", "image.yaml", "test.yaml"]],
  ];
  for (const [folder, expected] of rows) {
    it(`makes a ${folder.kind} on ${folder.from} that the catalogue takes`, async () => {
      const directory = `${folder.kind === "base" ? "bases" : "images"}/${folder.name}`;
      const paths = await scaffold(root, folder);
      assert.deepEqual(
        paths,
        expected.map((name) => `${directory}/${name}`),
      );
      assert.deepEqual(readdirSync(join(root, directory)).sort(), expected);
      const dockerfile = readFileSync(join(root, directory, "Dockerfile"), "utf8");
      assert.match(dockerfile, new RegExp(`^FROM factory\\.invalid/${folder.from}$`, "m"));
      for (const path of paths) assert.doesNotMatch(readFileSync(join(root, path), "utf8"), /\{\{/, path);
      const tests = readYaml(testSchema, "test.yaml", readFileSync(join(root, directory, "test.yaml"), "utf8"));
      assert.deepEqual(tests.problems, []);
      const { value, problems } = await loadCatalogue(root);
      assert.deepEqual(problems, []);
      assert.ok(value.images.some((image) => image.directory === directory));
    });
  }

  it("makes a mixin that the catalogue takes", async () => {
    const expected = ["README.md", "mixin.yaml", "rootfs/etc/proxy.conf", "test.yaml"];
    const paths = await scaffold(root, { kind: "mixin", name: "proxy" });
    assert.deepEqual(
      paths,
      expected.map((name) => `mixins/proxy/${name}`),
    );
    for (const path of paths) assert.doesNotMatch(readFileSync(join(root, path), "utf8"), /\{\{/, path);
    const tests = readYaml(testSchema, "test.yaml", readFileSync(join(root, "mixins/proxy/test.yaml"), "utf8"));
    assert.deepEqual(tests.problems, []);
    const { value, problems } = await loadCatalogue(root);
    assert.deepEqual(problems, []);
    assert.deepEqual(value.mixins, [
      {
        name: "proxy",
        directory: "mixins/proxy",
        files: "mixins/proxy/rootfs",
        labels: { "example.mixin": "proxy" },
        tests: "mixins/proxy/test.yaml",
      },
    ]);
    await assert.rejects(scaffold(root, { kind: "mixin", name: "proxy" }), /name "proxy" is taken by mixins\/proxy/);
  });

  it("makes folders that pass check and can be planned, on this project's own bases", async () => {
    rmSync(join(root, "bases"), { recursive: true });
    cpSync(join(projectRoot, "bases"), join(root, "bases"), { recursive: true });
    cpSync(join(projectRoot, "mixins"), join(root, "mixins"), { recursive: true });
    execFileSync("git", ["init", "--quiet"], { cwd: root });
    await scaffold(root, { kind: "base", name: "java", from: "debian" });
    for (const from of ["python", "node", "debian", "java"]) {
      await scaffold(root, { kind: "application", name: `on-${from}`, from });
    }
    const settings = parseSettings(
      "local",
      { "factory:registry": "127.0.0.1:5000" },
      { source: "https://example.com/x" },
    );
    assert.ok(settings.value !== undefined);
    const { value, problems } = await loadProject(root, settings.value, "2026-01-01");
    assert.deepEqual(problems, []);
    const planned = value.plan.images.map(({ id }) => id);
    for (const id of ["java", "on-python", "on-node", "on-debian", "on-java"]) assert.ok(planned.includes(id), id);
  });

  it("makes folders that others may read, and leaves nothing beside them", async () => {
    await scaffold(root, { kind: "application", name: "web", from: "python" });
    const plain = join(root, "images/plain");
    mkdirSync(plain);
    assert.equal(statSync(join(root, "images/web")).mode, statSync(plain).mode);
    assert.deepEqual(readdirSync(join(root, "images")).sort(), ["plain", "web"]);
  });

  const refused: readonly (readonly [name: string, folder: NewFolder, expected: readonly string[]])[] = [
    [
      "an invalid name",
      { kind: "application", name: "Web_API", from: "python" },
      [
        'images/Web_API: "Web_API" is not a name: allowed are lower-case letters and digits in words joined by "-" or ".", at most 63. | Name it "web-api".',
      ],
    ],
    [
      "a path as name",
      { kind: "application", name: "../../etc", from: "python" },
      [
        'images/../../etc: "../../etc" is not a name: allowed are lower-case letters and digits in words joined by "-" or ".", at most 63. | Name it "etc".',
      ],
    ],
    [
      "a reserved name",
      { kind: "base", name: "pool", from: "debian" },
      ['bases/pool: name "pool" is reserved for the locked packages of a base. | Choose another name.'],
    ],
    [
      "the name of a base",
      { kind: "application", name: "python", from: "node" },
      ['images/python: name "python" is taken by bases/python. | Choose another name, or change what is there.'],
    ],
    [
      "the id of a variant",
      { kind: "base", name: "python-dev", from: "debian" },
      [
        'bases/python-dev: name "python-dev" is taken by bases/python/image.yaml:1. | Choose another name, or change what is there.',
      ],
    ],
    [
      "the name of an external image",
      { kind: "base", name: "redis", from: "debian" },
      ['bases/redis: name "redis" is taken by images.yaml:2. | Choose another name, or change what is there.'],
    ],
    [
      "an unknown base",
      { kind: "application", name: "web", from: "pyhton" },
      [
        'images/web: there is no base "pyhton". | Did you mean "python"? Known bases: debian, node, python, python-dev.',
      ],
    ],
    [
      "two problems",
      { kind: "application", name: "node", from: "go" },
      [
        'images/node: name "node" is taken by bases/node. | Choose another name, or change what is there.',
        'images/node: there is no base "go". | Known bases: debian, node, python, python-dev.',
      ],
    ],
  ];
  for (const [name, folder, expected] of refused) {
    it(`refuses ${name}, and writes nothing`, async () => {
      const error = await scaffold(root, folder).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof ProblemsError);
      assert.deepEqual(
        error.problems.map(({ place, message, remedy }) => `${formatPlace(place)}: ${message} | ${remedy}`),
        expected,
      );
      assert.deepEqual(readdirSync(root).sort(), ["bases", "images.yaml"]);
      assert.deepEqual(readdirSync(join(root, "bases")).sort(), ["debian", "node", "python"]);
    });
  }
});
