import assert from "node:assert/strict";
import { FactsOnce } from "../../../policy-pack/facts-once.js";

describe("facts of a resource", () => {
  const derivations = (questions: readonly (readonly [urn: string, policy: string])[]) => {
    const once = new FactsOnce();
    let derived = 0;
    for (const [urn, policy] of questions) {
      once.of(urn, policy, () => {
        derived++;
        return { value: undefined, problems: [] };
      });
    }
    return derived;
  };

  for (const [name, questions, expected] of [
    [
      "once for several policies",
      [
        ["a", "p"],
        ["a", "q"],
        ["a", "r"],
      ],
      1,
    ],
    [
      "anew for another resource",
      [
        ["a", "p"],
        ["b", "p"],
      ],
      2,
    ],
    [
      "anew when the first policy comes round again",
      [
        ["a", "p"],
        ["a", "q"],
        ["a", "p"],
        ["a", "q"],
      ],
      2,
    ],
    [
      "anew where two resources take turns",
      [
        ["a", "p"],
        ["b", "p"],
        ["a", "q"],
      ],
      3,
    ],
  ] as const) {
    it(`are derived ${name}`, () => assert.equal(derivations(questions), expected));
  }
});
