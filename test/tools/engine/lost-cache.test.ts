import assert from "node:assert/strict";
import { asOne, missesSnapshots } from "../../../tools/engine/lost-cache.js";
import type { OperationResult } from "../../../tools/engine/operate.js";
import type { ImageOutcome } from "../../../tools/engine/outcome.js";

function result(states: Readonly<Record<string, ImageOutcome["state"]>>, text?: string): OperationResult {
  const images = Object.entries(states).map(([id, state]) => ({ id, state, platforms: [] }));
  const troubles = text === undefined ? [] : [{ id: "web", kind: "image", text } as const];
  return { images, troubles, exitCode: troubles.length };
}

describe("an up that is run once more with an empty cache", () => {
  const first = result({ base: "built", other: "unchanged", web: "failed", leaf: "skipped" }, "it failed");

  it("tells of each image what was done to it, whichever run did it", () => {
    const both = asOne(first, result({ base: "unchanged", other: "unchanged", web: "built", leaf: "built" }));
    assert.deepEqual(
      both.images.map(({ id, state }) => [id, state]),
      [
        ["base", "built"],
        ["other", "unchanged"],
        ["web", "built"],
        ["leaf", "built"],
      ],
    );
    assert.equal(both.exitCode, 0);
  });

  it("has only the troubles of the second run", () => {
    assert.deepEqual(
      asOne(first, result({ web: "failed" }, "again")).troubles.map(({ text }) => text),
      ["again"],
    );
  });

  it("is run for missing snapshots alone", () => {
    const missing = "lstat /b/snapshots/snapshots/3: no such file or directory";
    assert.equal(missesSnapshots(result({ web: "failed" }, missing)), true);
    assert.equal(missesSnapshots(first), false);
  });
});
