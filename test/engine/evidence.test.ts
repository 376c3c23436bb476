import assert from "node:assert/strict";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

describe("evidence", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "buildx", "image-test", "factory-scan"] });
  let registry: Registry;

  before(() => {
    registry = new Registry(services());
  });

  it("is attached to every image before it is released", async () => {
    const project = new TestProject(services(), "proved", { evidence: true });
    project.copy("bases/debian");
    project.write({ "images/hello/Dockerfile": "FROM factory.invalid/debian\nCOPY hello /hello\nUSER 65532:65532\nCMD [\"/bin/cat\", \"/hello\"]\n", "images/hello/hello": "hello\n" });
    project.commit();
    const result = await project.up();
    assert.equal(result.code, 0, JSON.stringify(result.troubles, undefined, 2));
    console.log(result.images, await registry.tags("hello"));
  });
});
