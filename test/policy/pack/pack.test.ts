import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { renderPolicyIndex } from "../../../domain/policy/policy-index.js";
import { ALL_RULES } from "../../../domain/policy/rules.js";
import { allPolicies, compliantInputs, dockerfileWith, itAccepts, UNKNOWN, violations } from "../pack-fixture.js";

const root = join(__dirname, "../../../..");

describe("the policy pack", () => {
  itAccepts([{ name: "the compliant image" }]);

  it("has a policy for every rule, in the same order", () => {
    assert.deepEqual(
      allPolicies().map(({ name }) => name),
      ALL_RULES.map(({ id }) => id),
    );
  });

  for (const policy of allPolicies()) {
    describe(policy.name, () => {
      it("is mandatory", () => assert.equal(policy.enforcementLevel, "mandatory"));

      it("says what has to be so, and what to do, in full sentences", () => {
        for (const text of [policy.description, policy.remediationSteps ?? ""]) assert.match(text, /^[A-Z].*\.$/s);
      });

      it("has a title and a severity", () => {
        assert.match(policy.displayName ?? "", /^[A-Z].*[^.]$/);
        assert.match(policy.severity ?? "", /^(medium|high|critical)$/);
      });

      it("has a page with a bad and a good example", () => {
        const path = join(root, policy.url ?? "");
        assert.ok(existsSync(path), `${policy.url} exists`);
        const page = readFileSync(path, "utf8");
        assert.ok(page.startsWith(`# ${policy.displayName}\n`), "the page begins with the title");
        assert.match(page, /^## Bad$/m);
        assert.match(page, /^## Good$/m);
      });
    });
  }

  it("is described by a table that is up to date", () => {
    const { path, text } = renderPolicyIndex();
    assert.equal(readFileSync(join(root, path), "utf8"), text);
  });
});

describe("the policies in a preview", () => {
  const unknown = {
    context: { location: "images/app", named: { "factory.invalid/python": { location: UNKNOWN } } },
    labels: { ...compliantInputs.labels, "org.opencontainers.image.base.digest": UNKNOWN },
  };

  itAccepts([
    { name: "a digest that the update will fill in", inputs: unknown },
    { name: "labels that the update will fill in", inputs: { labels: UNKNOWN } },
    { name: "build arguments that the update will fill in", inputs: { buildArgs: { MODE: UNKNOWN } } },
  ]);

  for (const [name, broken, policy] of [
    ["the user", dockerfileWith("USER root"), "non-root"],
    ["another reference", dockerfileWith("COPY --from=busybox /a /b"), "pinned-references"],
    ["a secret", dockerfileWith("ENV API_KEY=1"), "no-secret-arguments"],
    ["a download", dockerfileWith("ADD https://example.com/x /x"), "add-checksum"],
    [
      "a label",
      { inputs: { labels: { ...unknown.labels, "org.opencontainers.image.source": "" } } },
      "required-labels",
    ],
    [
      "an export",
      { inputs: { exports: [{ raw: UNKNOWN }, { raw: "type=image,name=ghcr.io/a/b" }] } },
      "allowed-registries",
    ],
    ["the platforms", { inputs: { platforms: ["linux/amd64"] } }, "complete-platforms"],
    ["the network", { inputs: { network: "default" } }, "no-network"],
  ] as const) {
    it(`lose no finding about ${name} to an unknown digest`, async () => {
      const inputs = { ...unknown, ...("inputs" in broken ? broken.inputs : {}) };
      const found = await violations({ ...broken, inputs });
      assert.deepEqual(
        found.map((violation) => violation.split(" ", 1)[0]),
        [policy],
      );
    });
  }
});
