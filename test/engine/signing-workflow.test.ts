import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import path from "node:path";
import { RegistryClient } from "../../provider/registry/client.js";
import { listReferrers } from "../../provider/registry/referrers.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { trueProgram } from "../support/true-program.js";
import { useServices } from "../support/with-services.js";

describe("a stack that one workflow alone may sign for", () => {
  const services = useServices({ tools: evidenceTools });

  it("builds into quarantine elsewhere, stops before it signs, and names the workflow", async () => {
    const project = new TestProject(services(), "elsewhere", { evidence: true });
    project.write({
      "bases/base/Dockerfile": "FROM scratch\nCOPY true /true\nUSER 65532:65532\n",
      "bases/base/true": trueProgram(),
      "images/web/Dockerfile": "FROM factory.invalid/base\n",
    });
    chmodSync(path.join(project.root, "bases/base/true"), 0o755);
    project.commit();
    const workflow = "example/images/.github/workflows/build.yml@refs/heads/main";
    let digest = "";
    const { code, troubles, changed } = await project.up({
      config: { "factory:signingWorkflow": workflow },
      onEvent: ({ resOutputsEvent }) => {
        const { type, new: made } = resOutputsEvent?.metadata ?? {};
        if (type === "docker-build:index:Image") digest = String(made?.outputs?.digest ?? "");
      },
    });
    assert.notEqual(code, 0);
    const text = troubles.map((trouble) => trouble.text).join("\n");
    assert.match(text, /base \(sha256:\w+\) was built, passed every gate, and lies in quarantine\./);
    assert.ok(text.includes(`Only the workflow ${workflow} may sign`), text);
    assert.deepEqual(changed, ["base-image"]);
    const client = new RegistryClient(services().registry);
    const repository = `${services().registry}/candidate/base`;
    assert.ok((await client.headManifest(repository, digest)) !== undefined);
    assert.deepEqual(await listReferrers(client, repository, digest), []);
    assert.deepEqual(await client.listTags(`${services().registry}/base`), []);
  });
});
