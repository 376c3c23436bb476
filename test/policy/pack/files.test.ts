import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRoot } from "../../../policy-pack/files.js";

describe("the folder of a project", () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "policy-root-"));
    mkdirSync(join(root, "factory/policy-pack"), { recursive: true });
    mkdirSync(join(root, "other/deep/below"), { recursive: true });
    writeFileSync(join(root, "factory/Pulumi.yaml"), "name: image-factory\nruntime: nodejs\n");
    writeFileSync(join(root, "other/Pulumi.yaml"), 'runtime: nodejs\nname: "other" # theirs\n');
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [name, project, starts, expected] of [
    ["the one above the pack", "image-factory", ["factory/policy-pack"], "factory"],
    ["one that is started in", "other", ["other"], "other"],
    ["one above where it is started", "other", ["other/deep/below"], "other"],
    ["the one of the right name, whatever comes first", "image-factory", ["other", "factory/policy-pack"], "factory"],
    ["none where no name fits", "third", ["other", "factory"], undefined],
  ] as const) {
    it(`is ${name}`, () => {
      const found = findRoot(
        project,
        starts.map((start) => join(root, start)),
      );
      assert.equal(found, expected && join(root, expected));
    });
  }
});
