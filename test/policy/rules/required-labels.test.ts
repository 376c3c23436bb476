import assert from "node:assert/strict";
import { compliant, findings, itAllows } from "../plan-fixture.js";

const at = "required-labels images/app/image.yaml";

describe("required-labels", () => {
  itAllows([
    { name: "the labels of the plan", change: {} },
    {
      name: "no revision where the image is marked as dirty",
      change: { revision: { commit: "", epoch: 0, dirty: true } },
    },
    {
      name: "no base labels on scratch",
      change: { app: ["FROM scratch", "COPY --from=factory.invalid/python / /", "USER 1000"] },
    },
  ]);

  it("refuses images without a source", () => {
    const found = findings({ source: "" });
    assert.deepEqual(
      found.map((finding) => finding.at),
      ["required-labels bases/python/Dockerfile:2", at],
    );
    assert.match(found[0]?.message ?? "", /label org\.opencontainers\.image\.source is missing/);
    assert.match(found[0]?.remedy ?? "", /factory:source/);
  });

  for (const label of ["revision", "base.name"]) {
    it(`refuses an image without ${label}`, () => {
      const name = `org.opencontainers.image.${label}`;
      const [finding, ...others] = findings({}, (image) => {
        const { [name]: _, ...labels } = image.labels;
        return { ...image, labels };
      });
      assert.deepEqual(others, []);
      assert.equal(finding?.at, at);
      assert.ok(finding.message.includes(`${name} is missing`));
    });
  }

  it("refuses images without a label that the configuration requires, and one that is empty", () => {
    const config = { ...compliant.config, requiredLabels: ["com.example.team"] };
    const found = findings({ config, yaml: ["labels:", '  com.example.team: ""'] });
    assert.deepEqual(
      found.map((finding) => `${finding.at}: ${finding.message}`),
      [
        "required-labels bases/python/Dockerfile:2: the label com.example.team is missing; allowed is a build that sets it.",
        `${at}: the label com.example.team is empty; allowed is a build that sets it.`,
      ],
    );
    assert.match(found[1]?.remedy ?? "", /Add `com\.example\.team` to `labels` in image\.yaml/);
  });
});
