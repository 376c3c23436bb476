import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAdopted } from "../../domain/state/adopted.js";
import { writeState } from "../../domain/state/load.js";
import { adopt, newState, observe, reject } from "../../domain/state/transitions.js";
import { run } from "../../tools/machine/run.js";
import { projectRoot } from "../../tools/project.js";

const IMAGE = "docker.io/library/debian:12";
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("whether a digest is adopted", () => {
  let state = newState(IMAGE, "external");
  for (const [letter, day] of Object.entries({ a: "01", b: "02", c: "03", d: "04" })) {
    const sight = { digest: digest(letter), tag: "12", platforms: [], how: "event" } as const;
    state = observe(state, { ...sight, firstSeen: `2026-11-${day}T00:00:00Z` });
  }
  const adoption = { tag: "12", platforms: [], cause: "it has soaked" };
  state = adopt(state, { ...adoption, digest: digest("a"), at: "2026-11-08T00:00:00Z" });
  state = adopt(state, { ...adoption, digest: digest("b"), at: "2026-11-09T00:00:00Z" });
  state = reject(state, digest("d"), "2026-11-10T00:00:00Z", "nothing could be built on it");

  const rows: readonly (readonly [string, string, boolean, RegExp])[] = [
    ["the present digest is", "b", true, /^adopted 2026-11-09T00:00:00Z: it has soaked/],
    ["one that was replaced was", "a", true, /^adopted 2026-11-08T00:00:00Z, and replaced since/],
    ["one that soaks is not yet", "c", false, /^first seen 2026-11-03T00:00:00Z, not adopted yet/],
    ["one that was rejected is not", "d", false, /^rejected 2026-11-10T00:00:00Z: nothing could be built/],
    ["one that was never seen is not", "e", false, /^not seen by the factory yet/],
  ];
  for (const [title, letter, adopted, said] of rows) {
    it(title, () => {
      const answer = isAdopted(state, IMAGE, digest(letter));
      assert.equal(answer.adopted, adopted);
      assert.match(answer.reason, said);
    });
  }

  it("is told by `factory adopted`, which exits with 1 where not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "adopted-"));
    try {
      await writeState(folder, "state", state);
      const ask = (image: string, letter: string) => {
        const args = ["adopted", image, digest(letter), "--state", "state"];
        return run(process.execPath, [join(projectRoot, "dist/cli/factory.js"), ...args], { cwd: folder });
      };
      const [yes, no] = [await ask("debian:12", "b"), await ask("debian:13", "b")];
      assert.deepEqual([yes.code, no.code], [0, 1]);
      assert.equal(yes.stdout, "yes: adopted 2026-11-09T00:00:00Z: it has soaked\n");
      assert.equal(no.stdout, "no: nothing is known of debian:13 yet.\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
