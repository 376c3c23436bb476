import assert from "node:assert/strict";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const platform = "linux/amd64";

describe("releases by the real engine", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build", "buildx"] });
  let registry: Registry;

  before(() => {
    registry = new Registry(services());
  });

  function newProject(name: string): TestProject {
    const project = new TestProject(services(), name);
    project.write({
      [`bases/${name}/Dockerfile`]: "FROM scratch\nCOPY payload /payload\nUSER 65532:65532\n",
      [`bases/${name}/image.yaml`]: `platforms: [${platform}]\n`,
      [`bases/${name}/payload`]: "1",
    });
    return project;
  }

  async function up(project: TestProject, release = "channel"): Promise<string> {
    const { code, text } = await project.up({ config: { "factory:release": release } });
    assert.equal(code, 0, text);
    return text;
  }

  it("build a pull request on quarantine, and release nothing of it", async () => {
    const project = newProject("asked");
    project.write({
      "images/asked-app/Dockerfile": "FROM factory.invalid/asked\nCOPY own /own\nUSER 65532:65532\n",
      "images/asked-app/image.yaml": `platforms: [${platform}]\n`,
      "images/asked-app/own": "1",
    });
    project.commit();
    await up(project, "pull-request");
    assert.deepEqual([await registry.tags("asked"), await registry.tags("asked-app")], [[], []]);
    await up(project, "v1.0.0");
    const tags = (await registry.tags("asked-app")).filter((tag) => !/^[br]-/.test(tag));
    assert.deepEqual(tags, ["latest", "v1", "v1.0", "v1.0.0"]);
  });

  it("refuse a version that is released with another digest, and move no tag of it or of what stands on it", async () => {
    const project = newProject("version");
    project.write({
      "images/version-app/Dockerfile": "FROM factory.invalid/version\nUSER 65532:65532\n",
      "images/version-app/image.yaml": `platforms: [${platform}]\n`,
    });
    project.commit();
    await up(project, "v1.0.0");
    const first = await registry.digest("version:v1.0.0");
    const tagsOf = async (image: string) => {
      const tags = await registry.tags(image);
      return Promise.all(tags.map(async (tag) => [tag, await registry.digest(`${image}:${tag}`)]));
    };
    const before = [await tagsOf("version"), await tagsOf("version-app")];
    project.write({ "bases/version/payload": "2" });
    project.commit();
    const { code, text } = await project.up({ config: { "factory:release": "v1.0.0" } });
    assert.notEqual(code, 0);
    const refusal =
      /version: v1\.0\.0 is (sha256:\w+), and these tags never move: (sha256:\w+) was not released\. Release/;
    const [, taken, refused] = refusal.exec(text.replace(/\s+/g, " ")) ?? assert.fail(text);
    assert.equal(taken, first);
    assert.notEqual(refused, first);
    assert.deepEqual([await tagsOf("version"), await tagsOf("version-app")], before);
    // The next version takes it.
    await up(project, "v1.0.1");
    assert.equal(await registry.digest("version:latest"), refused);
    assert.equal(await registry.digest("version:v1.0.0"), first);
  });

  it("leave what was rolled back where it is, until that is lifted", async () => {
    const project = newProject("held");
    project.commit();
    await up(project);
    const first = await registry.digest("held:local");
    project.write({ "bases/held/payload": "2" });
    project.commit();
    await up(project);
    const second = await registry.digest("held:local");
    assert.notEqual(second, first);

    await registry.crane("tag", registry.at(`held@${first}`), "local");
    const rollback = (lifted?: string) => ({
      "rollbacks.yaml": JSON.stringify({
        rollbacks: [
          {
            image: "held",
            stack: "local",
            from: second,
            to: first,
            tags: ["local"],
            reason: "it answers nothing",
            by: "on-call",
            at: "2026-01-31T12:00:00Z",
            ...(lifted === undefined ? {} : { lifted }),
          },
        ],
      }),
    });
    project.write({ ...rollback(), "bases/held/payload": "3" });
    project.commit();
    assert.match(await up(project), /held was rolled back \(it answers nothing\): its moving tags stay/);
    assert.equal(await registry.digest("held:local"), first);
    project.write(rollback("2026-02-01T12:00:00Z"));
    await up(project);
    assert.ok(![first, second].includes(await registry.digest("held:local")));
  });
});
