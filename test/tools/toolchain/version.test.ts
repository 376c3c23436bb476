import assert from "node:assert/strict";
import { fits } from "../../../tools/toolchain/version.js";

describe("a version found on PATH", () => {
  const range = { from: "3.259.0", below: "4.0.0" };
  const rows: readonly (readonly [version: string, fits: boolean])[] = [
    ["3.259.0", true],
    ["v3.259.0", true],
    ["3.259.1", true],
    ["3.1000.0", true],
    ["3.259.0+unknown", true],
    ["3.258.9", false],
    ["3.99.0", false],
    ["4.0.0", false],
    ["2.999.0", false],
    ["3.260.0-alpha.1", false],
    ["0.0.0+unknown", false],
    ["(devel)", false],
    ["3.259", false],
    ["", false],
  ];
  for (const [version, expected] of rows) {
    it(`"${version}" ${expected ? "fits" : "does not fit"}`, () => {
      assert.equal(fits(version, range), expected);
    });
  }
});
