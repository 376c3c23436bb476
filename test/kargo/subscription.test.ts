import assert from "node:assert/strict";
import { subscriptionOf, subscriptionProblems } from "../../domain/kargo/subscription.js";

const repoURL = "docker.io/library/nginx";

describe("how Kargo looks for digests", () => {
  const strategies: readonly (readonly [string | undefined, string, string | undefined])[] = [
    ["^12$", "Digest", "12"],
    ["^1\\.29$", "Digest", "1.29"],
    ["^3\\.20-alpine_x$", "Digest", "3.20-alpine_x"],
    ["^1\\.29\\.\\d+$", "SemVer", undefined],
    ["^v?[0-9]+\\.\\d+\\.\\d+$", "SemVer", undefined],
    ["^(1|2)\\.29\\.\\d+$", "SemVer", undefined],
    ["^1\\.29\\.\\d+-alpine$", "NewestBuild", undefined],
    ["^bookworm-\\d{8}$", "NewestBuild", undefined],
    ["^3\\.\\d+$", "NewestBuild", undefined],
    ["12", "NewestBuild", undefined],
    [undefined, "NewestBuild", undefined],
  ];
  for (const [allowTags, strategy, constraint] of strategies) {
    it(`${allowTags ?? "no allowTags"}: ${strategy}`, () => {
      const { image } = subscriptionOf({ repoURL, ...(allowTags === undefined ? {} : { allowTags }) });
      assert.equal(image.imageSelectionStrategy, strategy);
      assert.equal(image.constraint, constraint);
      const isRegex = strategy !== "Digest";
      assert.deepEqual(image.allowTagsRegexes, isRegex && allowTags !== undefined ? [allowTags] : undefined);
      assert.deepEqual(image.ignoreTagsRegexes, isRegex ? ["^sha256-"] : undefined);
    });
  }

  it("never sets what Kargo 1.11 fails at", () => {
    for (const [allowTags] of strategies) {
      const { image } = subscriptionOf({ repoURL, ...(allowTags === undefined ? {} : { allowTags }) });
      assert.equal("allowTags" in image || "ignoreTags" in image, false);
    }
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ["^(?!rc).*$", /look-ahead or look-behind/],
    ["(?<=v)1", /look-ahead or look-behind/],
    ["^(\\d)\\1$", /back reference/],
    ["^\\u0041$", /escape of JavaScript/],
    ["^[^]$", /empty class/],
  ];
  for (const [allowTags, message] of refused) {
    it(`refuses ${allowTags}, with its line and what to do`, () => {
      const [problem] = subscriptionProblems({ repoURL, allowTags }, { file: "images.yaml", line: 7 });
      assert.match(problem?.message ?? "", message);
      assert.deepEqual(problem?.place, { file: "images.yaml", line: 7 });
    });
  }

  it("takes what only looks like that", () => {
    for (const allowTags of ["^(?:a|b)$", "^\\(\\?!$", "^(?<name>a)$", "^\\\\1$"]) {
      assert.deepEqual(subscriptionProblems({ repoURL, allowTags }, { file: "images.yaml" }), []);
    }
  });

  it("refuses a platform with a variant", () => {
    const at = { file: "images.yaml", line: 3 };
    assert.match(subscriptionProblems({ repoURL, platform: "linux/arm/v7" }, at)[0]?.message ?? "", /has a variant/);
    assert.deepEqual(subscriptionProblems({ repoURL, platform: "linux/arm64" }, at), []);
  });
});
