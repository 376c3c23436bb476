import assert from "node:assert/strict";
import type { PlannedImage } from "../../../domain/plan/types.js";
import { compliant, DIGEST, findings, itAllows } from "../plan-fixture.js";

describe("pinned-references", () => {
  itAllows([
    { name: "names that the plan pins", change: {} },
    {
      name: "an unpinned image that the target does not reach",
      change: { app: ["FROM busybox AS unused", ...compliant.app] },
    },
  ]);

  it("refuses an image that the plan does not pin", () => {
    const [finding, ...others] = findings({}, (image) => ({
      ...image,
      namedContexts: image.namedContexts.filter(({ name }) => name !== "nginx:1.29"),
    }));
    assert.deepEqual(others, []);
    assert.equal(finding?.at, "pinned-references images/app/Dockerfile:7");
    assert.match(finding.message, /nginx:1\.29 is not pinned; allowed is .* sha256 digest/);
    assert.match(finding.remedy, /npx factory pin docker\.io\/library\/nginx:1\.29/);
  });

  it("refuses a frontend that the generated Dockerfile does not pin", () => {
    const app = ["# syntax=docker.io/library/nginx:1.29", ...compliant.app];
    const unpinned = (image: PlannedImage) => ({
      ...image,
      dockerfile: { ...image.dockerfile, text: app.join("\n") },
    });
    const [finding, ...others] = findings({ app }, unpinned);
    assert.deepEqual(others, []);
    assert.equal(finding?.at, "pinned-references images/app/Dockerfile:1");
    assert.match(finding.remedy, /Remove the `# syntax=` line/);
    assert.deepEqual(findings({ app }), [], "the plan writes the frontend's digest into the text");
  });

  it("refuses a context that stands for a stage", () => {
    const found = findings({}, (image) => ({
      ...image,
      namedContexts: [
        ...image.namedContexts,
        {
          name: "build",
          source: { kind: "external", repository: "docker.io/library/nginx", digest: DIGEST, platforms: [] },
        },
      ],
    }));
    assert.deepEqual(
      found.map(({ at }) => at),
      ["pinned-references images/app/Dockerfile:1"],
    );
  });

  it("refuses another image in the place of one of ours", () => {
    const found = findings({}, (image) => ({
      ...image,
      namedContexts: image.namedContexts.map((context) =>
        context.name === "factory.invalid/python"
          ? { ...context, source: { kind: "external", ...compliant.nginx } }
          : context,
      ),
    }));
    assert.match(found[0]?.message ?? "", /factory\.invalid\/python is replaced by docker\.io\/library\/nginx/);
    assert.match(found[0]?.at ?? "", /^pinned-references images\/app\/Dockerfile:\d$/);
  });
});
