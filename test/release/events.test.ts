import assert from "node:assert/strict";
import fc from "fast-check";
import type { Revision } from "../../domain/plan/types.js";
import { type ReleaseTags, releaseTags } from "../../domain/release/tags.js";
import { parseReleaseEvent, reservedFor } from "../../domain/settings/release.js";

const commit = "0123456789abcdef0123456789abcdef01234567";
const revision: Revision = { commit, epoch: 1, dirty: false };
const rule = { channel: true, semver: "9.9.9", commit: true };

const events: readonly [text: string, expected: ReleaseTags | undefined][] = [
  [`main@${commit}`, { fixed: ["main-0123456789ab"], moving: ["latest"], head: "latest" }],
  ["v1.4.2", { fixed: ["v1.4.2"], moving: ["v1.4", "v1", "latest"], head: "latest" }],
  ["v2.0.0-rc.1", { fixed: ["v2.0.0-rc.1"], moving: [] }],
  ["pull-request", undefined],
  ["manual:load-test", { fixed: [], moving: ["load-test"] }],
];

describe("the event", () => {
  for (const [text, expected] of events) {
    it(`${text} gives its tags, whatever the rule of the image`, () => {
      const event = parseReleaseEvent(text);
      assert.ok(event !== undefined);
      assert.deepEqual(releaseTags(event, rule, "local", revision), expected);
    });
  }

  for (const text of [
    "main",
    "main@abc",
    "v1.2",
    "v01.2.3",
    "1.2.3",
    "v1.2.3-",
    "v1.2.3+7",
    "manual:",
    "manual:a/b",
    "",
  ]) {
    it(`"${text}" is none`, () => assert.equal(parseReleaseEvent(text), undefined));
  }
});

describe("reserved tags", () => {
  const reserved = ["latest", "main", "main-0", "b-0", "c-0", "r-0", "sha256-0", "v1", "1.2", "V1.2.3", "0abc"];
  for (const tag of reserved) it(`are ${tag}`, () => assert.ok(reservedFor(tag) !== undefined));
  for (const tag of ["load-test", "vnext", "local", "branch"]) {
    it(`are not ${tag}`, () => assert.equal(reservedFor(tag), undefined));
  }

  it("are all that other events set", () => {
    const number = fc.nat();
    fc.assert(
      fc.property(number, number, number, fc.boolean(), (major, minor, patch, isMain) => {
        const event = parseReleaseEvent(isMain ? `main@${commit}` : `v${major}.${minor}.${patch}`);
        assert.ok(event !== undefined);
        const { fixed = [], moving = [] } = releaseTags(event, rule, "local", revision) ?? {};
        for (const tag of [...fixed, ...moving]) assert.ok(reservedFor(tag) !== undefined, tag);
      }),
    );
  });
});
