import assert from "node:assert/strict";
import { evidenceTools, type TestProject } from "../support/project.js";
import { cloudConfig, smallestImage, stagingProject } from "../support/staging.js";
import { useServices } from "../support/with-services.js";

describe("a staging stack in the real engine", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;

  before(async () => {
    const { runners, ...cloud } = cloudConfig;
    project = await stagingProject(services(), "staging", { ...cloud, runners });
    project.write({ "images/web/Dockerfile": smallestImage });
    project.commit();
    await project.setSecret("github-dispatch", "banana");
  });

  it("comes up, releases what it built, and keeps to every policy", async () => {
    const result = await project.up();
    assert.equal(result.code, 0, result.text);
    assert.deepEqual(
      result.images.map(({ id, state }) => [id, state]),
      [["web", "built"]],
    );
  });
});
