import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeTexts, encodeTexts } from "../../provider/sdk/json-texts.js";

describe("properties that cross the engine as texts", () => {
  it("come back as they were, and the others cross as they are", () => {
    const value = fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)) as unknown);
    fc.assert(
      fc.property(value, value, (tests, name) => {
        const encoded = encodeTexts({ tests, name }, ["tests", "absent"]);
        assert.equal(typeof encoded.tests, "string");
        assert.deepEqual(encoded.name, name);
        assert.deepEqual(decodeTexts(encoded, ["tests", "absent"]), { tests, name });
      }),
    );
  });
});
