import assert from "node:assert/strict";
import { fileDifferences, jsonDifferences } from "../../domain/reproduction/differences.js";

const file = { type: "file", mode: "0644", content: "a" };

describe("what differs between a release and its rebuild", () => {
  const rows: readonly (readonly [
    what: string,
    rebuilt: readonly (readonly [string, object])[],
    told: readonly string[],
  ])[] = [
    ["content", [["etc/a", { ...file, content: "b" }]], ["etc/a: content differs"]],
    ["mode", [["etc/a", { ...file, mode: "0664" }]], ["etc/a: mode 0644 in the release, 0664 in the rebuild"]],
    [
      "a property that only one has, and content",
      [["etc/a", { ...file, content: "b", target: "c" }]],
      ["etc/a: content differs; target absent in the release, c in the rebuild"],
    ],
    [
      "a file more",
      [
        ["etc/a", file],
        ["etc/b", file],
      ],
      ["etc/b: only in the rebuild"],
    ],
    ["a file less", [], ["etc/a: only in the release"]],
    ["nothing but the packing", [["etc/a", file]], ["the same files, in another order or packed in another way"]],
  ];
  for (const [what, rebuilt, told] of rows) {
    it(`is told of files: ${what}`, () => {
      const files = new Map(rebuilt.map(([path, properties]) => [path, { ...properties } as Record<string, string>]));
      assert.deepEqual(fileDifferences(new Map([["etc/a", file]]), files), told);
    });
  }

  it("is told in the order of the paths, the first five in words", () => {
    const released = new Map([..."gfedcba"].map((path) => [path, file]));
    assert.deepEqual(fileDifferences(released, new Map()), [
      ...[..."abcde"].map((path) => `${path}: only in the release`),
      "and 2 more",
    ]);
  });

  it("is told of configurations by path and values", () => {
    const released = { config: { Env: ["A=1", "B=1"], User: "65532" }, os: "linux" };
    const rebuilt = { config: { Env: ["A=1", "B=2"] }, os: "linux" };
    assert.deepEqual(jsonDifferences(released, rebuilt), [
      'config.Env.1: "B=1" in the release, "B=2" in the rebuild',
      'config.User: "65532" in the release, absent in the rebuild',
    ]);
  });
});
