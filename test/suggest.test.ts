import assert from "node:assert/strict";
import { closest, didYouMean } from "../domain/suggest.js";

describe("a suggestion", () => {
  const rows: readonly (readonly [found: string, candidates: readonly string[], expected: string | undefined])[] = [
    ["platform", ["owner", "platforms"], "platforms"],
    ["Runner", ["runner"], "runner"],
    ["pyhton", ["python", "node"], "python"],
    ["ab", ["a", "abc"], "a"],
    ["zzz", ["python"], undefined],
    ["x", [], undefined],
    ["node", ["node-24", "note"], "note"],
  ];
  for (const [found, candidates, expected] of rows) {
    it(`for ${found} among ${candidates.join(", ") || "nothing"} is ${expected}`, () => {
      assert.equal(closest(found, candidates), expected);
    });
  }

  it("stands before a list", () =>
    assert.equal(`${didYouMean("ownr", ["owner"])}Allowed: owner.`, 'Did you mean "owner"? Allowed: owner.'));
  it("is nothing where nothing is near", () => assert.equal(didYouMean("zzz", ["owner"]), ""));
});
