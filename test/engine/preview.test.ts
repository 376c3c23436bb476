import assert from "node:assert/strict";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

/**
 * `base` carries `middle`, which carries `leaf`; `other` stands on nothing. The base's variant `same` lets its content stay
 * while its Dockerfile changes.
 */
function writeImages(project: TestProject): void {
  const settings = "platforms: [linux/amd64]\n";
  const user = "USER 65532:65532\n";
  project.write({
    "bases/base/Dockerfile": `FROM scratch\nCOPY payload /payload\n${user}`,
    "bases/base/image.yaml": settings,
    "bases/base/payload": "1",
    "bases/middle/Dockerfile": "FROM factory.invalid/base\nCOPY middle /middle\n",
    "bases/middle/image.yaml": settings,
    "bases/middle/middle": "1",
    "images/leaf/Dockerfile": "FROM factory.invalid/middle\nCOPY leaf /leaf\n",
    "images/leaf/image.yaml": settings,
    "images/leaf/leaf": "1",
    "images/other/Dockerfile": `FROM scratch\nCOPY other /other\n${user}`,
    "images/other/image.yaml": settings,
    "images/other/other": "1",
  });
  project.commit();
}

describe("a preview", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let project: TestProject;

  before(async () => {
    project = new TestProject(services(), "preview");
    writeImages(project);
    const { code, text } = await project.up();
    assert.equal(code, 0, text);
  });

  it("of an unchanged project marks nothing, and a second up does nothing", async () => {
    assert.deepEqual((await project.preview()).built, []);
    assert.deepEqual((await project.up()).built, []);
  });

  it("marks nothing after a commit that touches no image", async () => {
    project.write({ "README.md": "elsewhere" });
    project.commit();
    assert.deepEqual((await project.preview()).built, []);
  });

  it("marks a changed base and all that stands on it, and up builds exactly those when every digest changes", async () => {
    project.write({ "bases/base/payload": "2" });
    project.commit();
    assert.deepEqual((await project.preview()).built, ["base", "leaf", "middle"]);
    assert.deepEqual((await project.up()).built, ["base", "leaf", "middle"]);
  });

  it("marks more than up builds where the base's digest stays", async () => {
    const dockerfile = "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n";
    // The tree stays dirty, so that the labels stay: what changes is a comment only.
    project.write({ "bases/base/Dockerfile": `# one\n${dockerfile}` });
    assert.equal((await project.up()).code, 0);
    project.write({ "bases/base/Dockerfile": `# two\n${dockerfile}` });
    const marked = (await project.preview()).built;
    const { built } = await project.up();
    assert.deepEqual(marked, ["base", "leaf", "middle"]);
    assert.deepEqual(built, ["base"]);
  });
});
