import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pinImages } from "../../cli/pin/pin-images.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { Registry } from "../support/oci.js";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

const platform = "linux/amd64";
const image = (from: string) => ({
  Dockerfile: `FROM ${from}\nCOPY payload /payload\nUSER 65532:65532\n`,
  "image.yaml": `platforms: [${platform}]\n`,
  payload: "1",
});

describe("a project", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  let registry: Registry;

  before(() => {
    registry = new Registry(services());
  });

  it("keeps the build cache in the registry where the stack asks for it", async () => {
    const project = newProject("cache");
    const { code, text } = await project.up({ config: { "factory:cache": "max" } });
    assert.equal(code, 0, text);
    assert.deepEqual(await registry.tags("cache/app"), ["buildkit"]);
  });

  it("leaves no log of the engine, in which all properties would stand", async () => {
    const project = newProject("logless");
    const logs = path.join(project.root, ".factory/pulumi-home/logs");
    mkdirSync(logs, { recursive: true });
    writeFileSync(path.join(logs, "of an earlier run.log"), "");
    const { code, text } = await project.preview();
    assert.equal(code, 0, text);
    assert.equal(readFileSync(logs, "utf8"), "");
  });

  it("marks what is built from a dirty tree, and gives it the channel's tag only", async () => {
    const project = newProject("dirty");
    project.write({
      "images/app/payload": "not committed",
      "images/app/image.yaml": `platforms: [${platform}]\ntags: {semver: 1.2.3, commit: true}\n`,
    });
    const { code, text } = await project.up();
    assert.equal(code, 0, text);
    const { Labels } = await registry.config("app:local", platform);
    assert.equal(Labels["dev.image-factory.dirty"], "true");
    assert.deepEqual(
      (await registry.tags("app")).filter((tag) => !/^[br]-/.test(tag)),
      ["local"],
    );
  });

  it("gives a committed tree the tags of its rule, and no mark", async () => {
    const project = newProject("tags");
    project.write({ "images/app/image.yaml": `platforms: [${platform}]\ntags: {semver: 1.2.3, commit: true}\n` });
    const commit = project.commit();
    const { code, text } = await project.up();
    assert.equal(code, 0, text);
    const { Labels } = await registry.config("app:local", platform);
    assert.equal(Labels["dev.image-factory.dirty"], undefined);
    assert.equal(Labels["org.opencontainers.image.revision"], commit);
    for (const tag of ["1", "1.2", "1.2.3", `c-${commit.slice(0, 12)}`]) {
      assert.equal(await registry.digest(`app:${tag}`), await registry.digest("app:local"));
    }
  });

  it("builds on an external image once it is pinned, and not before", async () => {
    const upstream = registry.at("upstream/thing");
    await newProject("upstream").up();
    await registry.crane("copy", registry.at("app:local"), `${upstream}:1.0`);

    const project = new TestProject(services(), "external");
    const config = `config:\n  factory:registry: ${services().registry}\n  factory:builder: ${services().builder}\n  factory:evidence: false\n  factory:allowedRegistries: [${registry.at("upstream")}]\n`;
    project.write({ "Pulumi.local.yaml": config, ...folder("images/child", image(`${upstream}:1.0`)) });
    project.commit();

    const refused = await project.up();
    assert.notEqual(refused.code, 0);
    const [trouble] = refused.troubles;
    assert.match(trouble?.text ?? "", /images\/child\/Dockerfile:1: /);
    assert.ok(trouble?.text.includes(`npx factory pin ${upstream}:1.0`), trouble?.text);
    assert.deepEqual(await registry.tags("child"), []);

    await pinImages({
      root: project.root,
      names: [`${upstream}:1.0`],
      settings: valueOrThrow("the settings", await loadSettings(project.root, "local")),
      crane: services().toolchain.program("crane"),
      now: new Date("2026-01-01"),
    });
    const { code, text } = await project.up();
    assert.equal(code, 0, text);
    const { Labels } = await registry.config("child:local", platform);
    assert.equal(Labels["org.opencontainers.image.base.digest"], await registry.digest("upstream/thing:1.0"));
  });

  it("can be refreshed and destroyed by the plain CLI, which removes nothing from the registry", async () => {
    const project = newProject("plain");
    assert.equal((await project.up()).code, 0);
    const digest = await registry.digest("app:local");
    const { pulumi, root, env, configFile } = project.workspace();
    for (const operation of ["refresh", "destroy"]) {
      execFileSync(pulumi, [operation, "--yes", "--non-interactive", "--config-file", configFile], { cwd: root, env });
    }
    assert.equal(await registry.digest("app:local"), digest);
  });

  it("releases again what somebody deleted or retagged, after a refresh", async () => {
    const project = newProject("drift");
    assert.equal((await project.up()).code, 0);
    const digest = await registry.digest("app:local");
    await registry.crane("delete", registry.at("app:local"));
    assert.equal((await project.up({ args: ["--refresh"] })).code, 0);
    assert.equal(await registry.digest("app:local"), digest);
  });

  function newProject(name: string): TestProject {
    const project = new TestProject(services(), name);
    project.write(folder("images/app", image("scratch")));
    project.commit();
    return project;
  }
});

function folder(name: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]));
}
