import assert from "node:assert/strict";
import fc from "fast-check";
import { tagsThatAdvance } from "../../domain/release/advance.js";
import { releaseTags } from "../../domain/release/tags.js";
import { parseReleaseEvent } from "../../domain/settings/release.js";

const rows: readonly [
  name: string,
  moving: readonly string[],
  existing: readonly string[],
  expected: readonly string[],
][] = [
  ["the first version takes all", ["1.4.0", "1.4", "1"], [], ["1.4.0", "1.4", "1"]],
  ["a patch of an old line leaves the major alone", ["1.3.9", "1.3", "1"], ["1.4.0"], ["1.3.9", "1.3"]],
  ["a patch of an old major leaves latest alone", ["1.9.1", "1.9", "1", "latest"], ["2.0.0"], ["1.9.1", "1.9", "1"]],
  ["a rebuild of an old patch takes itself only", ["1.4.0", "1.4", "1"], ["1.4.0", "1.4.1"], ["1.4.0"]],
  ["numbers are no text", ["1.10.0", "1.10", "1"], ["1.9.0"], ["1.10.0", "1.10", "1"]],
  ["a pre-release is no newer version", ["1.4.0", "1.4", "1"], ["2.0.0-rc.1"], ["1.4.0", "1.4", "1"]],
  ["shorter forms say nothing of a version", ["1.4.0", "1.4", "1"], ["2", "1.9"], ["1.4.0", "1.4", "1"]],
  ["versions with v are others", ["1.4.0", "1.4", "1"], ["v1.5.0"], ["1.4.0", "1.4", "1"]],
  ["the channel follows the checkout", ["local", "1.3.9", "1.3", "1"], ["1.4.0"], ["local", "1.3.9", "1.3"]],
  ["without a version all move", ["latest", "main"], ["9.0.0", "v9.0.0"], ["latest", "main"]],
];

describe("never backwards:", () => {
  for (const [name, moving, existing, expected] of rows) {
    it(name, () => assert.deepEqual(tagsThatAdvance({ fixed: [], moving }, existing), expected));
  }

  const part = fc.nat({ max: 3 });
  const versions = fc.uniqueArray(fc.tuple(part, part, part), { selector: String, minLength: 1, maxLength: 12 });

  it("in whatever order versions are released, every tag ends at the newest that it covers", () => {
    fc.assert(
      fc.property(versions, (released) => {
        const tags = new Map<string, readonly number[]>();
        for (const version of released) {
          const event = parseReleaseEvent(`v${version.join(".")}`);
          assert.ok(event !== undefined);
          const rule = { channel: true, commit: false };
          const given = releaseTags(event, rule, "local", { commit: "", epoch: 0, dirty: false });
          assert.ok(given !== undefined);
          for (const tag of given.fixed) assert.ok(!tags.has(tag));
          for (const tag of [...given.fixed, ...tagsThatAdvance(given, [...tags.keys()])]) tags.set(tag, version);
        }
        const newest = (covered: readonly (readonly number[])[]) => [...covered].sort(order).at(-1);
        assert.deepEqual(tags.get("latest"), newest(released));
        for (const [major, minor, patch] of released) {
          const line = released.filter((it) => it[0] === major);
          assert.deepEqual(tags.get(`v${major}`), newest(line));
          assert.deepEqual(tags.get(`v${major}.${minor}`), newest(line.filter((it) => it[1] === minor)));
          assert.deepEqual(tags.get(`v${major}.${minor}.${patch}`), [major, minor, patch]);
        }
      }),
    );
  });
});

function order(left: readonly number[], right: readonly number[]): number {
  return left.map((number, index) => number - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
