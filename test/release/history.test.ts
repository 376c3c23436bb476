import assert from "node:assert/strict";
import fc from "fast-check";
import { formatHistoryTag, historyOf, nextHistoryTag, parseHistoryTag } from "../../domain/release/history.js";

const time = fc.integer({ min: 0, max: Date.UTC(2200, 0) });
const head = fc.stringMatching(/^[a-z][\w.-]{0,20}$/);

describe("the history of a tag", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(time, head, (at, of) => {
        assert.deepEqual(parseHistoryTag(formatHistoryTag({ time: at, head: of })), { time: at, head: of });
      }),
    );
  });

  it("keeps the order of its entries, whatever the clocks say", () => {
    fc.assert(
      fc.property(fc.array(time, { maxLength: 8 }), head, (clocks, of) => {
        const tags: string[] = ["latest", "b-0123456789abcdef"];
        for (const now of clocks) tags.push(nextHistoryTag(of, tags, now));
        assert.deepEqual(historyOf(of, tags), tags.slice(2).reverse());
      }),
    );
  });

  it("is not that of another tag, nor of one whose name ends the same", () => {
    const tags = [formatHistoryTag({ time: 1, head: "not-latest" }), formatHistoryTag({ time: 2, head: "latest" })];
    assert.deepEqual(historyOf("latest", tags), tags.slice(1));
  });

  for (const tag of ["r-1", "r-20261121T124200123Z-", "r-20269921T124200123Z-latest", "latest"]) {
    it(`has no entry ${tag}`, () => assert.equal(parseHistoryTag(tag), undefined));
  }
});
