import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkGenerated, writeGenerated } from "../../tools/check-generated.js";

describe("generated text", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "generated-"));
    writeFileSync(join(root, "fresh.txt"), "a\nb\n");
    writeFileSync(join(root, "stale.txt"), "a\nold\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const files = [
    { path: "fresh.txt", text: "a\nb\n" },
    { path: "stale.txt", text: "a\nb\n" },
    { path: "folder/missing.txt", text: "c\n" },
  ];

  it("is compared without being written", () => {
    assert.deepEqual(checkGenerated(root, files), [
      {
        place: { file: "stale.txt", line: 2 },
        message: "generated file is out of date",
        remedy: "npm run fix",
      },
      { place: { file: "folder/missing.txt" }, message: "generated file is missing", remedy: "npm run fix" },
    ]);
    assert.equal(readFileSync(join(root, "stale.txt"), "utf8"), "a\nold\n");
  });

  it("is written where it differs, and only there", () => {
    assert.deepEqual(writeGenerated(root, files), ["stale.txt", "folder/missing.txt"]);
    assert.deepEqual(checkGenerated(root, files), []);
  });
});
