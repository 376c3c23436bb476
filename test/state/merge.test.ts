import assert from "node:assert/strict";
import fc from "fast-check";
import { mergeHistories } from "../../domain/state/merge.js";
import { states } from "./arbitrary-states.js";

describe("two histories of one image", () => {
  it("are one in which every entry of either stands, and merging it once more changes nothing", () => {
    fc.assert(
      fc.property(states(), states(), (left, right) => {
        const merged = mergeHistories(left, right);
        const digests = new Set(merged.ledger.map(({ digest }) => digest));
        assert.equal(digests.size, merged.ledger.length);
        for (const { ledger } of [left, right]) for (const { digest } of ledger) assert.ok(digests.has(digest));
        for (const key of ["builds", "updates", "attempts", "rejected", "lifecycle"] as const) {
          const texts = merged[key]?.map((entry) => JSON.stringify(entry)) ?? [];
          for (const state of [left, right]) {
            for (const entry of state[key] ?? []) assert.ok(texts.includes(JSON.stringify(entry)), key);
          }
        }
        assert.deepEqual([merged.kind, merged.adopted, merged.warehouse], [left.kind, left.adopted, left.warehouse]);
        assert.deepEqual(mergeHistories(merged, right), merged);
        assert.deepEqual(mergeHistories(merged, merged), merged);
      }),
    );
  });
});
