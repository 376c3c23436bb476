import assert from "node:assert/strict";
import fc from "fast-check";
import { nameProblem, suggestName } from "../../domain/catalogue/names.js";

describe("a name", () => {
  for (const name of ["python", "web-api", "go-1.24", "node22", "a"]) {
    it(`may be ${name}`, () => assert.equal(nameProblem(name), undefined));
  }

  const refused: readonly (readonly [name: string, remedy: string])[] = [
    ["Web_API", 'Name it "web-api".'],
    ["webApi", 'Name it "web-api".'],
    ["web--api", 'Name it "web-api".'],
    ["-web", 'Name it "web".'],
    ["web.", 'Name it "web".'],
    ["go-.1", 'Name it "go.1".'],
    ["größe", 'Name it "gr-e".'],
    ["___", 'Choose a name such as "web-api".'],
    ["", 'Choose a name such as "web-api".'],
    ["a".repeat(64), `Name it "${"a".repeat(63)}".`],
    ["pool", "Choose another name."],
    ["candidate", "Choose another name."],
  ];
  for (const [name, remedy] of refused) {
    it(`may not be ${JSON.stringify(name)}`, () => assert.equal(nameProblem(name)?.remedy, remedy));
  }

  it("is suggested only where it may be used", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-composite", maxLength: 80 }), (text) => {
        const suggestion = suggestName(text);
        assert.ok(suggestion === undefined || nameProblem(suggestion) === undefined, suggestion);
      }),
    );
  });

  it("is its own suggestion where it is valid", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,8}([.-][a-z0-9]{1,8}){0,3}$/), (name) =>
        assert.equal(suggestName(name), name),
      ),
    );
  });
});
