import assert from "node:assert/strict";
import { loadPipeline } from "../../domain/kargo/load-pipeline.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import { systemClock } from "../../tools/rebuild/clock.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { openRemoteWorld } from "../../tools/rebuild/remote-world.js";
import { evidenceTools, type TestProject } from "../support/project.js";
import { cloudConfig, smallestImage, stagingProject } from "../support/staging.js";
import { useServices } from "../support/with-services.js";

/** The types of what a provider's stand-in has, each once. */
function typesIn(project: TestProject, sdk: string): readonly string[] {
  return [...new Set(Object.keys(project.world.resources(sdk)).map((identity) => identity.split(" ")[0] ?? ""))].sort();
}

describe("a staging stack in the real engine", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;

  before(async () => {
    project = await stagingProject(services(), "staging", { ...cloudConfig, kargo: { context: "factory-staging" } });
    project.write({
      "images/web/Dockerfile": smallestImage,
      "images.yaml": "images:\n  - { name: nginx, repoURL: docker.io/library/nginx, allowTags: '^1\\.29\\.\\d+$' }\n",
      "kargo.yaml": `project: watched\nrepository: https://git.example/images\nimage: registry.example.com/factory@sha256:${"1".repeat(64)}\ndispatch: https://git.example/dispatches\n`,
    });
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
    assert.ok(typesIn(project, "aws").includes("aws:ecr/repository:Repository"));
    assert.ok(typesIn(project, "kubernetes").includes("kubernetes:apps/v1:StatefulSet"));
    assert.ok(typesIn(project, "github").includes("github:index/repositoryRuleset:RepositoryRuleset"));
    assert.ok(!result.text.includes("banana"), "the token is not told");
  });

  it("tells what is released to who looks from elsewhere, without the key of its secrets", async () => {
    const { env } = project.workspace();
    const names = ["PATH", "PULUMI_BACKEND_URL", "PULUMI_HOME"];
    const before = names.map((name) => process.env[name]);
    try {
      for (const name of names) process.env[name] = env[name];
      const settings = valueOrThrow("the settings", await loadSettings(project.root, "staging"));
      const store = await openStateStore(project.root, settings);
      const world = openRemoteWorld({ root: project.root, settings, store, clock: systemClock, tell: () => {} });
      const [released] = await world.released(await world.loadProject());
      assert.equal(released?.id, "web");
      assert.deepEqual(released.platforms, ["linux/amd64", "linux/arm64"]);
    } finally {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      }
    }
  });

  it("applies the pipeline that kargo.yaml declares, the documents that are rendered and no others", async () => {
    const { files } = valueOrThrow("the pipeline", await loadPipeline(project.root)) ?? assert.fail();
    const rendered = files.flatMap(({ documents }) => documents);
    const made = Object.values(project.world.resources("kubernetes")).map(({ inputs }) => inputs);
    for (const { apiVersion, kind, metadata, spec } of rendered.map((each) => ({ spec: undefined, ...each }))) {
      const found = made.filter((each) => {
        const own = each.metadata as typeof metadata;
        return each.kind === kind && own.name === metadata.name;
      });
      assert.deepEqual(
        found.map((each) => [each.apiVersion, each.spec]),
        [[apiVersion, spec]],
        `${kind} ${metadata.name}`,
      );
    }
    const kargo = made.filter(({ apiVersion }) => /kargo|argoproj/.test(String(apiVersion)));
    assert.equal(kargo.length, rendered.length - 1, "all but the namespace");
  });

  it("changes nothing when nothing changed", async () => {
    project.world.forget();
    const result = await project.up({ policyPack: false });
    assert.equal(result.code, 0, result.text);
    assert.deepEqual([result.changed, project.world.operations], [[], []]);
  });

  it("makes again what was taken away behind its back", async () => {
    const rule = "aws:cloudwatch/eventRule:EventRule image-factory-staging-released";
    project.world.remove("aws", rule);
    project.world.forget();
    await project.refresh();
    assert.deepEqual(project.world.operations, [], "a refresh only looks");
    const result = await project.up({ policyPack: false });
    assert.equal(result.code, 0, result.text);
    assert.ok(rule in project.world.resources("aws"));
    assert.deepEqual(project.world.operations, [`create ${rule}`]);
  });

  it("is taken down without what was released, and without the keys of that", async () => {
    const result = await project.destroy();
    assert.equal(result.code, 0, result.text);
    assert.deepEqual(typesIn(project, "aws"), [
      "aws:ecr/lifecyclePolicy:LifecyclePolicy",
      "aws:ecr/repository:Repository",
      "aws:kms/alias:Alias",
      "aws:kms/key:Key",
    ]);
    assert.deepEqual([typesIn(project, "kubernetes"), typesIn(project, "github")], [[], []]);
  });
});

describe("a staging stack whose cloud fails", () => {
  const services = useServices({ tools: evidenceTools });
  let project: TestProject;
  const { account, region } = cloudConfig;

  before(async () => {
    project = await stagingProject(services(), "faults", { account, region, foundationOnly: true });
    project.write({ "images/web/Dockerfile": smallestImage });
    project.commit();
  });
  const up = () => project.up({ policyPack: false, args: ["--parallel", "1"] });

  const refusals: Readonly<Record<string, string>> = {
    "expired credentials":
      "validating provider credentials: ExpiredToken: The security token included in the request is expired",
    "another account": "AWS account ID not allowed: 999988887777",
  };
  for (const [name, message] of Object.entries(refusals)) {
    it(`says so and makes nothing: ${name}`, async () => {
      project.world.faults = { configure: { aws: message } };
      const { code, troubles } = await up();
      assert.notEqual(code, 0);
      assert.ok(
        troubles.some(({ text }) => text.includes(message)),
        JSON.stringify(troubles),
      );
      assert.deepEqual(project.world.resources("aws"), {});
    });
  }

  it("comes up in the end, wherever it failed: every resource once, and nothing is made twice", async () => {
    await project.setSecret("github-dispatch", "banana");
    const whole = { ...cloudConfig, foundationOnly: true };
    const config = { "factory:cloud": whole };
    project.world.forget();
    project.world.faults = { eachCreateFailsOnce: true };
    let runs = 0;
    for (; ; runs += 1) {
      const before = project.world.operations.length;
      const { code, troubles, text } = await project.up({ policyPack: false, config });
      if (code === 0) break;
      assert.ok(
        troubles.some((trouble) => trouble.text.includes("LimitExceededException")),
        text,
      );
      assert.ok(project.world.operations.length > before, text);
    }
    project.world.faults = {};
    assert.ok(runs >= 3, String(runs));
    const made = new Map<string, number>();
    for (const line of project.world.operations) made.set(line, (made.get(line) ?? 0) + 1);
    assert.ok(made.size > 90, String(made.size));
    for (const [line, times] of made) assert.deepEqual([line, times], [line, 2]);
    project.world.forget();
    assert.equal((await project.up({ policyPack: false, config })).code, 0);
    assert.deepEqual(project.world.operations, []);
  });
});
