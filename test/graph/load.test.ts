import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadImageGraph } from "../../domain/graph/load.js";

describe("loadImageGraph", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "graph-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it("reads every Dockerfile with the arguments of its variant", async () => {
    write("bases/tiny/Dockerfile", "FROM scratch\n");
    write("images/app/Dockerfile", "ARG BASE=tiny\nFROM factory.invalid/$BASE AS run\nFROM run AS debug\n");
    write("images/app/image.yaml", "variants:\n  debug:\n    target: debug\n    args: {BASE: other}\n");
    const { value, problems } = await loadImageGraph(root);
    assert.deepEqual(
      problems.map(({ place, message }) => [place.file, place.line, message]),
      [["images/app/Dockerfile", 2, 'base "other" is not declared.']],
    );
    assert.deepEqual(value.graph.nodes.map(({ id }) => id).sort(), ["app", "app-debug", "tiny"]);
  });

  it("reports the problems of every step at once, each once", async () => {
    write("bases/tiny/Dockerfile", "FROM scratch\nCOPPY a b\n");
    write("bases/empty/README.md", "");
    write("images/app/Dockerfile", "FROM factory.invalid/tinny\n");
    write("images/app/image.yaml", "variants:\n  debug: {args: {A: b}}\n");
    const { problems } = await loadImageGraph(root);
    const messages = problems.map(({ message }) => message);
    assert.equal(messages.filter((message) => /no Dockerfile/.test(message)).length, 1, messages.join("\n"));
    assert.equal(messages.filter((message) => message === '"COPPY" is no instruction.').length, 1);
    assert.equal(messages.filter((message) => message === 'base "tinny" is not declared.').length, 1);
    assert.equal(messages.length, 3, messages.join("\n"));
  });
});
