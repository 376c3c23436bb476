import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadState, writeState } from "../../domain/state/load.js";
import { newState } from "../../domain/state/transitions.js";

describe("the folder of state files", () => {
  let root = "";
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "factory-state-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("may be missing", async () => {
    assert.deepEqual(await loadState(root, "state"), { value: new Map(), problems: [] });
  });

  it("gives back what was written, and leaves no temporary file", async () => {
    const state = newState("docker.io/library/nginx:1.29", "external");
    const file = await writeState(root, "state", state);
    assert.equal(file, "state/docker.io+library+nginx@1.29.yaml");
    assert.deepEqual(await loadState(root, "state"), { value: new Map([[state.image, state]]), problems: [] });
    assert.deepEqual(await readdir(join(root, "state")), ["docker.io+library+nginx@1.29.yaml"]);
  });

  it("reports damaged files one by one and keeps the others, and the files", async () => {
    const state = newState("python", "managed");
    await writeState(root, "state", state);
    await mkdir(join(root, "state"), { recursive: true });
    await writeFile(join(root, "state/node.yaml"), "schema: 7\n");
    await writeFile(join(root, "state/ruby.yaml"), "{");
    const { value, problems } = await loadState(root, "state");
    assert.deepEqual([...value.keys()], ["python"]);
    assert.deepEqual(
      problems.map(({ place }) => place.file),
      ["state/node.yaml", "state/ruby.yaml"],
    );
    assert.equal(await readFile(join(root, "state/node.yaml"), "utf8"), "schema: 7\n");
  });
});
