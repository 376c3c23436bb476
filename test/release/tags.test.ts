import assert from "node:assert/strict";
import type { TagRule } from "../../domain/catalogue/types.js";
import type { Revision } from "../../domain/plan/types.js";
import { releaseTags } from "../../domain/release/tags.js";

const clean: Revision = { commit: "0123456789abcdef0123456789abcdef01234567", epoch: 1, dirty: false };
const dirty: Revision = { ...clean, dirty: true };
const uncommitted: Revision = { commit: "", epoch: 0, dirty: false };

const cases: readonly [name: string, rule: TagRule, revision: Revision, expected: readonly string[]][] = [
  ["the channel", { channel: true, commit: false }, clean, ["local"]],
  ["nothing where no rule asks for a tag", { channel: false, commit: false }, clean, []],
  ["the commit, first 12", { channel: false, commit: true }, clean, ["c-0123456789ab"]],
  [
    "a version and its shorter forms",
    { channel: true, commit: false, semver: "1.4.2" },
    clean,
    ["local", "1.4.2", "1.4", "1"],
  ],
  ["a pre-release only as itself", { channel: false, commit: false, semver: "2.0.0-rc.1" }, clean, ["2.0.0-rc.1"]],
  ["a build, + written as _", { channel: false, commit: false, semver: "2.0.0+7" }, clean, ["2.0.0_7"]],
  ["of a dirty tree the channel only", { channel: true, commit: true, semver: "1.4.2" }, dirty, ["local"]],
  ["no commit tag where nothing is committed", { channel: false, commit: true }, uncommitted, []],
];

describe("the rule of an image gives", () => {
  for (const [name, rule, revision, expected] of cases) {
    it(name, () => assert.deepEqual(releaseTags({ kind: "channel" }, rule, "local", revision)?.moving, expected));
  }
});
