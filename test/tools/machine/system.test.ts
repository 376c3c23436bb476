import assert from "node:assert/strict";
import { formatProblems } from "../../../domain/problems.js";
import { systemProblems } from "../../../tools/machine/system.js";

describe("what comes from the distribution", () => {
  const both = ["runc", "qemu-user-static"];
  const root = { root: true, apt: true };

  it("is installed without a question where that is possible", () => {
    assert.deepEqual(systemProblems(both, root), []);
    assert.deepEqual(systemProblems([], { root: true, apt: false }), []);
  });

  const rows: readonly (readonly [who: string, rights: typeof root, text: string])[] = [
    [
      "a user with apt",
      { root: false, apt: true },
      `2 problems in this machine
 - runc, qemu-user-static: not installed
   sudo apt-get install --yes runc qemu-user-static
 - user: BuildKit's daemon needs root: it mounts file systems
   Run the command as root, e.g. sudo -E npm run up`,
    ],
    [
      "root without apt",
      { root: true, apt: false },
      `1 problem in this machine
 - runc, qemu-user-static: not installed
   Install runc and qemu-user-static with your distribution's package manager.`,
    ],
  ];
  for (const [who, rights, text] of rows) {
    it(`is asked for, once for all, from ${who}`, () => {
      assert.equal(formatProblems("this machine", systemProblems(both, rights)), text);
    });
  }
});
