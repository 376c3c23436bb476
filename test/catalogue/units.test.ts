import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, formatSize, parseDuration, parseSize } from "../../domain/catalogue/units.js";

const hour = 3600 * 1000;

describe("a duration", () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ["7d", 7 * 24 * hour],
    ["1w", 7 * 24 * hour],
    ["1h30m", 1.5 * hour],
    ["1w2d3h4m5s", ((7 + 2) * 24 + 3) * hour + (4 * 60 + 5) * 1000],
    ["0", 0],
    ["0d", 0],
    ["", undefined],
    ["7", undefined],
    ["7dd", undefined],
    ["1h2h", undefined],
    ["30m1h", undefined],
    ["-1d", undefined],
    ["1.5d", undefined],
    ["7 d", undefined],
    ["7D", undefined],
  ];
  for (const [text, expected] of rows) {
    it(`${JSON.stringify(text)} is ${expected ?? "refused"}`, () => assert.equal(parseDuration(text), expected));
  }

  it("is read again as what was written", () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), (seconds) =>
        assert.equal(parseDuration(formatDuration(seconds * 1000)), seconds * 1000),
      ),
    );
  });

  it("is written without weeks", () => assert.equal(formatDuration(14 * 24 * hour + 60_000), "14d1m"));
});

describe("a size", () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ["900MB", 900e6],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["64KiB", 65536],
    ["12kB", 12000],
    ["2GB", 2e9],
    ["0B", 0],
    ["17B", 17],
    ["1.5B", undefined],
    ["900", undefined],
    ["900mb", undefined],
    ["900 MB", undefined],
    ["-1MB", undefined],
    ["1TB", undefined],
  ];
  for (const [text, expected] of rows) {
    it(`${JSON.stringify(text)} is ${expected ?? "refused"}`, () => assert.equal(parseSize(text), expected));
  }

  it("is read again as what was written", () => {
    fc.assert(fc.property(fc.nat({ max: 10 ** 13 }), (bytes) => assert.equal(parseSize(formatSize(bytes)), bytes)));
    fc.assert(fc.property(fc.nat(10 ** 5), (count) => assert.equal(parseSize(formatSize(count * 1e6)), count * 1e6)));
  });

  it("is written with the largest unit that leaves a whole number", () => {
    assert.deepEqual([2e9, 1.5e9, 900e6, 1024].map(formatSize), ["2GB", "1500MB", "900MB", "1024B"]);
  });
});
