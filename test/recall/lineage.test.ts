import assert from "node:assert/strict";
import fc from "fast-check";
import { load } from "js-yaml";
import { denialsOf } from "../../domain/recall/denials.js";
import { bannedBy } from "../../domain/recall/lineage.js";
import { renderKyvernoPolicy } from "../../domain/render/kyverno.js";
import { built, newState } from "../../domain/state/transitions.js";
import { digestOf } from "../watch/fake-world.js";

/** Builds on any earlier ones, by number. */
const graphs = fc.array(fc.uniqueArray(fc.nat(60), { maxLength: 4 }), { maxLength: 60 }).map((bases) =>
  bases.map((each, index) => ({
    digest: String(index),
    on: each.filter((base) => base < index).map((base) => ({ image: `i${base}`, digest: String(base) })),
    materials: each.filter((base) => base > index).map((base) => `m${base}`),
  })),
);

describe("the lineage of a recall", () => {
  it("is what was built on it at any remove and nothing else, on 1,000 random graphs", () => {
    const recalled = fc.uniqueArray(
      fc.oneof(
        fc.nat(60).map(String),
        fc.nat(60).map((number) => `m${number}`),
      ),
    );
    fc.assert(
      fc.property(graphs, recalled, (builds, lines) => {
        const expected = new Set(lines);
        for (let before = -1; before < expected.size; ) {
          before = expected.size;
          for (const { digest, on, materials } of builds) {
            const bases = [...on.map((base) => base.digest), ...materials];
            if (bases.some((base) => expected.has(base))) expected.add(digest);
          }
        }
        const banned = bannedBy(lines, builds.toReversed());
        assert.deepEqual([...banned.keys()].sort(), [...expected].sort());
        for (const root of banned.values()) assert.ok(lines.includes(root));
      }),
      { numRuns: 1000 },
    );
  });

  const [base, middle, top, other] = ["base", "middle", "top", "other"].map(digestOf) as [
    string,
    string,
    string,
    string,
  ];
  const at = "2026-11-21T00:00:00Z";
  const states = [
    built(newState("middle", "managed"), { digest: middle, on: [{ image: "base", digest: base }], at }, "local", []),
    built(newState("top", "managed"), { digest: top, on: [{ image: "middle", digest: middle }], at }, "local", []),
    built(newState("other", "managed"), { digest: other, on: [], at }, "local", []),
  ];
  const recall = { digest: base, image: "base", reason: "it leaks keys", by: "security", date: "2026-11-21" };

  it("is denied by name and reason", () => {
    assert.deepEqual(denialsOf([recall], states), [
      { digest: base, image: "base", recalled: base, reason: "it leaks keys" },
      { digest: middle, image: "middle", recalled: base, reason: "it leaks keys" },
      { digest: top, image: "top", recalled: base, reason: "it leaks keys" },
    ]);
    assert.deepEqual(denialsOf([], states), []);
  });

  it("is denied by Kyverno for every container of a Pod, and all else is admitted", () => {
    const policy = load(renderKyvernoPolicy(denialsOf([recall], states))) as {
      spec: {
        rules: { validate: { failureAction: string; pattern: { spec: Record<string, { image: string }[]> } } }[];
      };
    };
    const [rule] = policy.spec.rules;
    assert.equal(rule?.validate.failureAction, "Enforce");
    const { spec } = rule?.validate.pattern ?? assert.fail();
    assert.deepEqual(Object.keys(spec), ["=(initContainers)", "=(ephemeralContainers)", "containers"]);
    const wanted = [base, middle, top].sort().map((digest) => `!*@${digest}`);
    for (const containers of Object.values(spec)) assert.deepEqual(containers[0]?.image.split(" & "), wanted);
    assert.match(renderKyvernoPolicy([]), /image: '\*'/);
  });
});
