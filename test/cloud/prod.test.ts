import assert from "node:assert/strict";
import { RegistryClient } from "../../provider/registry/client.js";
import { listReferrers } from "../../provider/registry/referrers.js";
import { entryOf, ProdProject } from "../promotion/prod-project.js";
import { newSigner } from "../registry-client/bundles.js";
import { Distribution } from "../support/distribution.js";
import { identityToken } from "../support/staging.js";
import { useServices } from "../support/with-services.js";
import { makeImage, type ProvedImage } from "../verification/proved-image.js";

/** "hunter2" */
const login = "publisher:$2b$04$IhVHyJKbb1E8joNHsAaaeOyrcA18DQVr.oaRWb5VZ/XAXPGWGhI1m";
const signingWorkflow = "example/images/.github/workflows/prod.yml@refs/heads/main";

describe("a prod stack with a cloud and a mirror, in the real engine", () => {
  const services = useServices({ tools: ["crane", "pulumi", "docker-build"] });
  const signer = newSigner();
  let staging: Distribution;
  let elsewhere: Distribution;
  let image: ProvedImage;
  let prod: ProdProject;
  let mirror: RegistryClient;

  before(async () => {
    staging = await Distribution.start();
    elsewhere = await Distribution.start({ login });
    const repository = `${staging.address}/factory/web`;
    image = await makeImage(new RegistryClient(staging.address), signer, { repository });
    const settings = {
      "factory:registry": `${services().registry}/factory`,
      "factory:signingWorkflow": signingWorkflow,
      "factory:cloud": {
        account: "444455556666",
        region: "eu-west-1",
        github: { repository: "example/images", reviewers: { teams: [1234567] } },
      },
      "factory:mirrors": [
        { registry: `${elsewhere.address}/public`, username: "publisher", password: "env:MIRROR_PASSWORD" },
      ],
      promotes: { registry: `${staging.address}/factory` },
    };
    const env = { FACTORY_ID_TOKEN: identityToken(signingWorkflow), MIRROR_PASSWORD: "hunter2" };
    prod = await ProdProject.make(services(), "prod-cloud", settings, [signer.publicKeyPem], env);
    prod.release([entryOf(image, { version: "1.4.2" })]);
    mirror = new RegistryClient(elsewhere.address, true, { username: "publisher", password: "hunter2" });
  });
  after(async () => {
    await elsewhere?.stop();
    await staging?.stop();
  });

  const types = (sdk: string) =>
    [...new Set(Object.keys(prod.world.resources(sdk)).map((identity) => identity.split(" ")[0] ?? ""))].sort();

  async function referrers(client: RegistryClient, repository: string): Promise<readonly (readonly string[])[]> {
    const subjects = [image.digest, ...image.platforms.map(({ digest }) => digest)];
    const lists = subjects.map((subject) => listReferrers(client, repository, subject));
    return (await Promise.all(lists)).map((list) => list.map(({ digest }) => digest).sort());
  }

  it("comes up however often its clouds fail: each resource once, and nothing is made twice", async () => {
    prod.world.faults = { eachCreateFailsOnce: true };
    let runs = 0;
    for (; ; runs += 1) {
      const before = prod.world.operations.length;
      const { code, text } = await prod.up("--continue-on-error");
      if (code === 0) break;
      assert.match(text, /LimitExceededException/);
      assert.ok(prod.world.operations.length > before, text);
    }
    prod.world.faults = {};
    assert.ok(runs >= 3, String(runs));
    const made = new Map<string, number>();
    for (const line of prod.world.operations) made.set(line, (made.get(line) ?? 0) + 1);
    assert.ok(made.size > 20, String(made.size));
    for (const [line, times] of made) assert.deepEqual([line, times], [line, 2]);
  });

  it("keeps to every policy, and changes nothing when nothing changed", async () => {
    prod.world.forget();
    const { code, text, changes } = await prod.up("--policy-pack", "policy-pack");
    assert.equal(code, 0, text);
    assert.deepEqual([Object.keys(changes), prod.world.operations], [["same"], []]);
    assert.ok(types("aws").includes("aws:kms/key:Key"));
    assert.ok(
      !types("aws").includes("aws:cloudwatch/eventRule:EventRule"),
      "it builds nothing, and listens to nothing",
    );
    const environments = Object.keys(prod.world.resources("github")).filter((each) =>
      each.includes("repositoryEnvironment:"),
    );
    assert.deepEqual(environments.map((each) => each.split("/").at(-1)).sort(), ["prod", "prod-watch"]);
  });

  it("has the image, its evidence and its tags in the mirror, with the password in no state and no output", async () => {
    const own = new RegistryClient(services().registry);
    const there = await referrers(mirror, `${elsewhere.address}/public/web`);
    assert.deepEqual(there, await referrers(own, `${services().registry}/factory/web`));
    assert.ok(there.every((list) => list.length >= 3));
    for (const tag of ["prod", "1", "1.4", "1.4.2"]) {
      assert.equal((await mirror.headManifest(`${elsewhere.address}/public/web`, tag))?.digest, image.digest, tag);
    }
    const state = await prod.export();
    assert.ok(state.includes("env:MIRROR_PASSWORD"));
    assert.ok(!state.includes("hunter2"));
  });

  it("makes again what was taken away behind its back, in the cloud and in the mirror", async () => {
    const environment = "github:index/repositoryEnvironment:RepositoryEnvironment images/prod-watch";
    prod.world.remove("github", environment);
    const repository = `${elsewhere.address}/public/web`;
    const [entry] = await listReferrers(mirror, repository, image.platforms[0]?.digest ?? "");
    await mirror.deleteManifest(repository, entry?.digest ?? "");
    await prod.refresh();
    const { code, text } = await prod.up();
    assert.equal(code, 0, text);
    assert.ok(environment in prod.world.resources("github"));
    assert.ok((await mirror.headManifest(repository, entry?.digest ?? "")) !== undefined);
    assert.deepEqual(Object.keys((await prod.up()).changes), ["same"]);
  });

  it("is taken down without its images, here and there, and without their keys", async () => {
    const { code, text } = await prod.destroy();
    assert.equal(code, 0, text);
    assert.deepEqual(types("aws"), [
      "aws:ecr/lifecyclePolicy:LifecyclePolicy",
      "aws:ecr/repository:Repository",
      "aws:kms/alias:Alias",
      "aws:kms/key:Key",
    ]);
    assert.deepEqual(types("github"), []);
    assert.equal((await mirror.headManifest(`${elsewhere.address}/public/web`, "prod"))?.digest, image.digest);
  });
});

describe("a mirror whose password is not there", () => {
  it("is told so by the variable's name", async () => {
    const { mirrorRelease } = await import("../../provider/mirrors/mirror-release.js");
    const inputs = {
      from: "127.0.0.1:1/web",
      insecureSource: true,
      to: "ghcr.example/public/web",
      insecureRegistry: false,
      digest: `sha256:${"a".repeat(64)}`,
      tags: [],
      login: { username: "publisher", password: "env:NO_SUCH_PASSWORD" },
    };
    await assert.rejects(mirrorRelease(inputs, new AbortController().signal), /NO_SUCH_PASSWORD.*is not set/);
  });
});
