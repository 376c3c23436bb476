import assert from "node:assert/strict";
import fc from "fast-check";
import { isFixed, mayMean } from "../../domain/rollback/tags.js";
import { targetsOf } from "../../domain/rollback/targets.js";

const identity = { version: "1.4.2", revision: "0123456789abcdef0123456789abcdef01234567" };
const tags: readonly [tag: string, moves: boolean][] = [
  ["local", true],
  ["latest", true],
  ["load-test", true],
  ["r-and-d", true],
  ["1", true],
  ["v1.4", true],
  ["1.4.2", true],
  ["1.4.3", false],
  ["2.0.0-rc.1", false],
  ["c-0123456789ab", true],
  ["c-ffffffffffff", false],
  ["v1.4.2", false],
  ["v2.0.0-rc.1", false],
  ["main-0123456789ab", false],
  ["b-0123456789abcdef", false],
  ["r-20261121T124200123Z-latest", false],
  [`sha256-${"a".repeat(64)}`, false],
];

describe("a rollback to version 1.4.2", () => {
  for (const [tag, moves] of tags) {
    it(`${moves ? "moves" : "leaves"} ${tag}`, () => {
      assert.equal(mayMean(tag, identity), moves);
      if (moves) assert.equal(isFixed(tag), false);
    });
  }
});

describe("the releases to go back to", () => {
  const digest: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "d", "e");
  const history = fc.array(digest, { minLength: 1, maxLength: 10 });

  it("are older than the current one, the newest first, and never one that was bad", () => {
    assert.deepEqual(targetsOf(["d", "c", "b", "c", "a"], "d", []), ["c", "b", "a"]);
    assert.deepEqual(targetsOf(["d", "c", "b", "a"], "b", []), ["a"]);
    assert.deepEqual(targetsOf(["d", "a", "b"], "d", [{ from: "a" }]), ["b"]);
    assert.deepEqual(targetsOf(["d"], "d", []), []);
  });

  it("are in the history, each once, and neither the current one nor bad", () => {
    fc.assert(
      fc.property(history, digest, fc.array(digest.map((from) => ({ from }))), (all, current, bad) => {
        const targets = targetsOf(all, current, bad);
        assert.equal(new Set(targets).size, targets.length);
        for (const target of targets) {
          assert.ok(all.includes(target) && target !== current && bad.every(({ from }) => from !== target));
        }
      }),
    );
  });
});
