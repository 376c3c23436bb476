import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { RegistryClient } from "../../provider/registry/client.js";
import { newSigner } from "../registry-client/bundles.js";
import { evidenceTools, TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";
import { BUILDER, makeImage, type ProvedImage, SOURCE } from "../verification/proved-image.js";

/** A program of somebody else that uses our typed class and a cluster. `what` is the body of a test's own program. */
const program = (what: string) => `
const pulumi = require("@pulumi/pulumi");
const { VerifiedImage } = require("./dist/provider/sdk/verified-image.js");
const { proved, unsigned, candidate, registry, args } = require("./images.json");

class Resource extends pulumi.CustomResource {}
const verified = (reference, name = "verified") => new VerifiedImage(name, { reference, ...args });
const workload = (kind, spec, opts) => new Resource("kubernetes:" + kind, "workload", { spec }, opts);
const pod = (image, opts) => workload("core/v1:Pod", { containers: [{ name: "web", image }] }, opts);
const template = (image) => ({ template: { spec: { containers: [{ name: "web", image }] } } });
const release = (digest) => new Resource("factory:release:Release", "release", {
  registry, insecureRegistry: true, name: "web", digest, buildId: "b".repeat(64), movingTags: ["local"],
  platforms: ["linux/amd64", "linux/arm64"], tags: undefined, released: undefined,
});
${what}
`;

describe("consumers in the real engine", () => {
  const services = useServices({ tools: evidenceTools });
  const signer = newSigner();
  let client: RegistryClient;
  let proved: ProvedImage;
  let unsigned: ProvedImage;

  before(async () => {
    client = new RegistryClient(services().registry);
    proved = await makeImage(client, signer, { repository: `${services().registry}/web` });
    await makeImage(client, signer, { repository: `${services().registry}/candidate/web`, content: proved.repository });
    const bare = { repository: `${services().registry}/candidate/web`, content: "bare", attached: () => false };
    unsigned = await makeImage(client, signer, bare);
    await makeImage(client, signer, { ...bare, repository: `${services().registry}/web` });
  });

  let count = 0;

  /** A project with this program, and what it brought up. */
  function projectOf(what: string): TestProject {
    const project = new TestProject(services(), `consumers-${count++}`, { evidence: true });
    const { registry } = services();
    const args = { keys: [signer.publicKeyPem], builders: [BUILDER], sources: [SOURCE] };
    const pulumiYaml = readFileSync(path.join(project.root, "Pulumi.yaml"), "utf8");
    project.write({
      "package.json": JSON.stringify({ main: "program.js" }),
      "Pulumi.yaml": `${pulumiYaml.trimEnd()}\n    - name: kubernetes\n      path: ./kubernetes\n`,
      "kubernetes/pulumi-resource-kubernetes":
        '#!/usr/bin/env node\nrequire("../dist/test/policy/kubernetes-stand-in.js");\n',
      "program.js": program(what),
      "images.json": JSON.stringify({
        proved: `${registry}/web@${proved.digest}`,
        candidate: `${registry}/candidate/web@${proved.digest}`,
        unsigned: `${registry}/web@${unsigned.digest}`,
        registry,
        args,
      }),
    });
    chmodSync(path.join(project.root, "kubernetes/pulumi-resource-kubernetes"), 0o755);
    return project;
  }

  function created({ root }: TestProject): readonly string[] {
    const file = path.join(root, "created.txt");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  const accepted: Readonly<Record<string, string>> = {
    "a pod that takes its image from a verification": "pod(verified(proved).reference);",
    "a deployment of a digest that the program learns on the way":
      'workload("apps/v1:Deployment", template(verified(pulumi.output(Promise.resolve(proved))).reference));',
    "a pod of a verified candidate that was released":
      "pod(proved, { dependsOn: release(verified(candidate).digest) });",
  };
  for (const [name, what] of Object.entries(accepted)) {
    it(`are let through: ${name}`, async () => {
      const project = projectOf(what);
      const { code, text } = await project.up();
      assert.equal(code, 0, text);
      assert.deepEqual(created(project), ["workload"]);
    });
  }

  const refused: Readonly<Record<string, readonly [what: string, text: RegExp]>> = {
    "a tag": [
      "verified(proved); pod(registry + '/web:local');",
      /spec\.containers\[0\]\.image is .*\/web:local, which can move/,
    ],
    "a digest that nobody verified": ["pod(proved);", /which nothing in this run has verified/],
    "a digest in quarantine": ["const it = verified(candidate); pod(it.reference);", /which lies in quarantine/],
    "a release of a candidate that nobody verified": [
      "release(proved.split('@')[1]);",
      /factory:release:Release release: digest is .*candidate\/web@sha256:\w+, which nothing in this run has verified/,
    ],
    "an unsigned image": ["pod(verified(unsigned).reference);", /may not be consumed: 1 of 2 checks failed/],
    "an unsigned image of a digest that is learnt on the way": [
      "pod(verified(pulumi.output(Promise.resolve(unsigned))).reference);",
      /may not be consumed: 1 of 2 checks failed[\s\S]*there is no signature/,
    ],
    "another digest than the verified one": [
      "const it = verified(proved); pod(unsigned, { dependsOn: it });",
      /which nothing in this run has verified/,
    ],
    "an init container": [
      'workload("apps/v1:StatefulSet", { template: { spec: { initContainers: [{ image: proved }] } } });',
      /spec\.template\.spec\.initContainers\[0\]\.image/,
    ],
    "a cron job": [
      'workload("batch/v1:CronJob", { jobTemplate: { spec: template(proved) } });',
      /spec\.jobTemplate\.spec\.template\.spec\.containers\[0\]\.image/,
    ],
  };
  for (const [name, [what, expected]] of Object.entries(refused)) {
    it(`are stopped before anything is created: ${name}`, async () => {
      const project = projectOf(what);
      const made: string[] = [];
      const { code, troubles, text } = await project.up({
        onEvent: ({ resOutputsEvent }) => void made.push(resOutputsEvent?.metadata.type ?? ""),
      });
      assert.notEqual(code, 0, text);
      assert.match(troubles.map((trouble) => trouble.text).join("\n"), expected);
      assert.deepEqual(created(project), []);
      assert.ok(!made.includes("factory:release:Release"), "nothing was released");
    });
  }

  it("are stopped in a preview, where the digest is plain text", async () => {
    for (const what of ["pod(verified(unsigned).reference);", "pod(proved);"]) {
      const { code, text } = await projectOf(what).preview();
      assert.notEqual(code, 0, text);
    }
    const { code, text } = await projectOf("pod(verified(proved).reference);").preview();
    assert.equal(code, 0, text);
  });

  it("are found at the end, where they did not wait for their verification", async () => {
    const what = `module.exports = async () => {
      const { digest } = verified(pulumi.output(Promise.resolve(proved)));
      await new Promise((resolve) => digest.apply(resolve));
      pod(proved);
    };`;
    const { code, troubles, text } = await projectOf(what).up();
    assert.notEqual(code, 0, text);
    assert.match(troubles.map((trouble) => trouble.text).join("\n"), /which nothing in this run has verified/);
  });

  it("cost no look at the registry while nothing changes, until a refresh looks again", async () => {
    const image = await makeImage(client, signer, { repository: `${services().registry}/web`, content: "passing" });
    const reference = JSON.stringify(`${image.repository}@${image.digest}`);
    const project = projectOf(`pod(verified(pulumi.output(Promise.resolve(${reference}))).reference);`);
    assert.equal((await project.up()).code, 0);
    await client.deleteManifest(image.repository, image.digest);
    const unchanged = await project.up();
    assert.equal(unchanged.code, 0, unchanged.text);
    const refreshed = await project.up({ args: ["--refresh"] });
    assert.notEqual(refreshed.code, 0);
    assert.match(refreshed.troubles.map((trouble) => trouble.text).join("\n"), /could not be read: .*404/);
    assert.deepEqual(created(project), ["workload"]);
  });
});
