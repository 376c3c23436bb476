import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { formatProblems } from "../../domain/problems.js";
import { loadRecalls } from "../../domain/recall/load.js";

const digest = `sha256:${"a".repeat(64)}`;
const recall = { digest, image: "python", reason: "its openssl leaks keys", by: "security", date: "2026-11-20" };

describe("recalls.yaml", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "recalls-"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function load(text: string) {
    await writeFile(path.join(root, "recalls.yaml"), text);
    return loadRecalls(root);
  }

  it("recalls nothing where it is not there", async () => {
    assert.deepEqual(await loadRecalls(root), { value: [], problems: [] });
  });

  it("names digests, with who recalled them and why", async () => {
    const lines = Object.entries(recall).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    assert.deepEqual((await load(`recalls:\n  - ${lines.join("\n    ")}\n`)).value, [recall]);
  });

  for (const [name, text, said] of [
    [
      "a digest that is none",
      `recalls: [${JSON.stringify({ ...recall, digest: "sha256:ab" })}]`,
      /recalls\.yaml:1: .*digest/,
    ],
    ["a missing reason", `recalls: [${JSON.stringify({ ...recall, reason: undefined })}]`, /recalls\.yaml:1: .*reason/],
    [
      "a day that is not",
      `recalls: [${JSON.stringify({ ...recall, date: "2026-02-30" })}]`,
      /there is no day 2026-02-30/,
    ],
    ["a key that is unknown", `recalls: [${JSON.stringify({ ...recall, why: "x" })}]`, /recalls\.yaml:1: .*why/],
    ["a digest that is recalled twice", `recalls: ${JSON.stringify([recall, recall])}`, /is recalled twice/],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const { problems } = await load(text);
      assert.equal(problems.length, 1);
      assert.match(formatProblems("the recalls", problems), said);
    });
  }
});
