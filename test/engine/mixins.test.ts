import assert from "node:assert/strict";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { readReleased } from "../../tools/rebuild/released.js";
import { loadWatchProject } from "../../tools/rebuild/watch-project.js";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

/** `one` and `two` copy the mixin's files, `child` stands on `one`, `other` has only a mixin's label. */
function writeImages(project: TestProject): void {
  const settings = "platforms: [linux/amd64]\n";
  const user = "USER 65532:65532\n";
  const copy = "COPY --from=factory.invalid/mixin/users /etc /etc\n";
  project.write({
    "bases/one/Dockerfile": `FROM scratch\n${copy}${user}`,
    "bases/one/image.yaml": settings,
    "images/child/Dockerfile": "FROM factory.invalid/one\nCOPY child /child\n",
    "images/child/image.yaml": settings,
    "images/child/child": "1",
    "images/two/Dockerfile": `FROM scratch\n${copy}COPY two /two\n${user}`,
    "images/two/image.yaml": settings,
    "images/two/two": "1",
    "images/other/Dockerfile": `FROM scratch\nCOPY other /other\n${user}`,
    "images/other/image.yaml": `${settings}mixins: [vendor]\n`,
    "images/other/other": "1",
    "mixins/users/rootfs/etc/passwd": "first:x:1:1::/:\n",
    "mixins/vendor/mixin.yaml": "labels: { vendor: us }\n",
  });
  project.commit();
}

describe("mixins, by the real engine and BuildKit", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let project: TestProject;
  let registry: Registry;

  before(async () => {
    project = new TestProject(services(), "mixins");
    registry = new Registry(services());
    writeImages(project);
    const { code, text } = await project.up();
    assert.equal(code, 0, text);
  });

  it("give their files to all that copy them, and their labels", async () => {
    for (const id of ["one", "two", "child"]) {
      assert.ok((await registry.files(`${id}:local`, "linux/amd64")).includes("first:x:1:1"), id);
    }
    assert.equal((await registry.config("other:local", "linux/amd64")).Labels.vendor, "us");
  });

  it("are nothing that an image stands on: their files are its own, and a state names digests only", async () => {
    const settings = valueOrThrow("the settings", await loadSettings(project.root, "local"));
    const { graph } = await loadWatchProject(project.root, settings);
    const on = readReleased(project.workspace().stateFile, graph).map(({ id, build }) => [id, build.on] as const);
    const digest = await registry.digest("one:local");
    assert.deepEqual(Object.fromEntries(on), { child: [{ image: "one", digest }], one: [], other: [], two: [] });
  });

  it("are built again where they changed: exactly those that copy them, and what stands on those", async () => {
    project.write({ "mixins/users/rootfs/etc/passwd": "second:x:1:1::/:\n" });
    const commit = project.commit();
    assert.deepEqual((await project.preview()).built, ["child", "one", "two"]);
    const { built, code, text } = await project.up();
    assert.equal(code, 0, text);
    assert.deepEqual(built, ["child", "one", "two"]);
    assert.ok((await registry.files("child:local", "linux/amd64")).includes("second:x:1:1"));
    const { Labels } = await registry.config("two:local", "linux/amd64");
    assert.equal(Labels["org.opencontainers.image.revision"], commit);
    assert.deepEqual((await project.preview()).built, []);
  });

  it("change with their labels what names them", async () => {
    project.write({ "mixins/vendor/mixin.yaml": "labels: { vendor: them }\n" });
    project.commit();
    assert.deepEqual((await project.up()).built, ["other"]);
    assert.equal((await registry.config("other:local", "linux/amd64")).Labels.vendor, "them");
  });

  it("are built again while nothing is committed, too: no label tells of it then", async () => {
    project.write({ "mixins/users/rootfs/etc/passwd": "third:x:1:1::/:\n" });
    assert.deepEqual((await project.up()).built, ["child", "one", "two"]);
    project.write({ "mixins/users/rootfs/etc/passwd": "fourth:x:1:1::/:\n" });
    assert.deepEqual((await project.preview()).built, ["child", "one", "two"]);
    assert.deepEqual((await project.up()).built, ["child", "one", "two"]);
    assert.ok((await registry.files("child:local", "linux/amd64")).includes("fourth:x:1:1"));
  });
});
