import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { buildGraph } from "../../domain/graph/build.js";
import { loadDockerfiles } from "../../domain/graph/load.js";
import { formatPlace } from "../../domain/problems.js";
import { loadTestSuites } from "../../domain/tests/load.js";

const dockerfile = "FROM scratch AS cli\nFROM scratch\n";
const imageYaml =
  "variants: { cli: { target: cli }, plain: { args: { A: b } } }\nsmoke: { port: 80, path: /healthz }\n";
const tests = (file: string) => `schemaVersion: "2.0.0"\nfileExistenceTests: [{ name: it, path: ${file} }]\n`;

describe("the suites of a project", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "factory-suites-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  async function load(files: Readonly<Record<string, string>>) {
    mkdirSync(path.join(root, "images/web"), { recursive: true });
    const all = { Dockerfile: dockerfile, "image.yaml": imageYaml, ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(path.join(root, "images/web", name), text);
    const { value: catalogue } = await loadCatalogue(root);
    const { nodes } = buildGraph(catalogue, loadDockerfiles(root, catalogue).value).value;
    return loadTestSuites(root, nodes);
  }

  it("give each variant its own file, or else the image's, and the smoke test to the variant that has it", async () => {
    const { value, problems } = await load({ "test.yaml": tests("/web"), "test-cli.yaml": tests("/cli") });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      [...value.values()].map(({ id, file, smoke }) => [id, file, smoke?.place.line]),
      [
        ["web", "images/web/test.yaml", 2],
        ["web-cli", "images/web/test-cli.yaml", undefined],
        ["web-plain", "images/web/test.yaml", undefined],
      ],
    );
  });

  it("are there without any file", async () => {
    const { value, problems } = await load({});
    assert.deepEqual(problems, []);
    assert.equal(value.get("web-cli")?.file, undefined);
    assert.match(value.get("web-cli")?.hash ?? "", /^[0-9a-f]{64}$/);
  });

  it("report a problem once, and a file that no variant reads", async () => {
    const { problems } = await load({ "test.yaml": "{}\n", "test-clu.yaml": tests("/x"), "test.yml": "" });
    assert.deepEqual(
      problems.map(({ place, remedy }) => `${formatPlace(place)} | ${remedy}`),
      [
        "images/web/test.yaml:1 | Allowed: 2.0.0.",
        'images/web/test-clu.yaml | Did you mean "test-cli.yaml"? Rename it, or remove it. Read are: test.yaml, test-cli.yaml, test-plain.yaml.',
        'images/web/test.yml | Did you mean "test.yaml"? Rename it, or remove it. Read are: test.yaml, test-cli.yaml, test-plain.yaml.',
      ],
    );
  });
});
