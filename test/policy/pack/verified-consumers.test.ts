import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PolicyResource, type ResourceValidationArgs, unknownCheckingProxy } from "@pulumi/policy";
import { verifiedConsumers } from "../../../policy-pack/policies/verified-consumers.js";
import { Project } from "../../../policy-pack/project.js";
import { DIGEST, UNKNOWN } from "../pack-fixture.js";

const registry = "127.0.0.1:5000/team";
const image = `${registry}/web@${DIGEST}`;
const other = `${registry}/web@sha256:${"b".repeat(64)}`;

/** A resource, as the engine hands it to a policy. */
interface Resource {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** Indices of the resources that it depends on. */
  readonly dependsOn?: readonly number[];
}

const verified = (reference: string, literal = true): Resource => ({
  type: "factory:evidence:VerifiedImage",
  props: { reference, literal },
});
const release = (digest: string): Resource => ({
  type: "factory:release:Release",
  props: { registry, name: "web", digest },
});
const workload = (type: string, spec: object): Resource => ({ type: `kubernetes:${type}`, props: { spec } });
const pod = (written: string): Resource => workload("core/v1:Pod", { containers: [{ name: "web", image: written }] });
const template = (spec: object) => ({ template: { spec } });

let root: string;

async function policyOf(settings: readonly string[]) {
  await writeFile(join(root, "Pulumi.local.yaml"), `config:\n${settings.map((line) => `  ${line}\n`).join("")}`);
  const project = await Project.load(root, "local");
  return verifiedConsumers({ project: async () => project, today: () => "2026-11-21" });
}

const own = [`factory:registry: ${registry}`];

/** What is said before each resource is created, and of the whole stack. */
async function violations(resources: readonly Resource[], settings: readonly string[] = own) {
  const { validateResource, validateStack } = await policyOf(settings);
  assert.ok(typeof validateResource === "function");
  const before: string[] = [];
  const all = resources.map(({ type, props }, index) => ({
    type,
    name: `r${index}`,
    urn: `urn:pulumi:local::example::${type}::r${index}`,
    props: unknownCheckingProxy(props),
    dependencies: [] as PolicyResource[],
  })) as unknown as PolicyResource[];
  for (const [index, { dependsOn = [] }] of resources.entries()) {
    for (const each of dependsOn) all[index]?.dependencies.push(all[each] as PolicyResource);
  }
  for (const resource of all) {
    await validateResource(resource as unknown as ResourceValidationArgs, (text) => void before.push(String(text)));
  }
  const after: string[] = [];
  await validateStack({ resources: all } as Parameters<typeof validateStack>[0], (text, urn) => {
    after.push(`${urn?.split("::").at(-1)} ${text}`);
  });
  return { before, after };
}

describe("policy verified-consumers", () => {
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "policy-"));
  });
  after(() => rm(root, { recursive: true, force: true }));

  const accepted: Readonly<Record<string, readonly Resource[]>> = {
    "a pod with a digest that was verified": [verified(image), pod(image)],
    "a pod with a digest whose candidate was verified": [verified(`${registry}/candidate/web@${DIGEST}`), pod(image)],
    "a pod with the tag beside the digest": [verified(image), pod(`${registry}/web:1.2@${DIGEST}`)],
    "a release of a candidate that was verified": [verified(`${registry}/candidate/web@${DIGEST}`), release(DIGEST)],
    "images of other registries": [pod("docker.io/library/nginx:1.29"), pod("nginx"), pod("127.0.0.1:5000/other/web")],
    "a service that has no containers": [workload("core/v1:Service", { ports: [{ port: 80 }] })],
    "an image that only the update knows": [pod(UNKNOWN), workload("apps/v1:Deployment", { template: UNKNOWN })],
    "an unverified digest while a VerifiedImage is not known yet": [verified(UNKNOWN), pod(image)],
    "other providers' containers": [{ type: "aws:ecs:TaskDefinition", props: { containers: [{ image }] } }],
  };
  for (const [name, resources] of Object.entries(accepted)) {
    it(`accepts ${name}`, async () => assert.deepEqual((await violations(resources)).before, []));
  }

  const unverified = { message: /which nothing in this run has verified/, remedy: /`reference` of a VerifiedImage/ };
  const floating = { message: /which can move; allowed is a sha256 digest/, remedy: /`reference` of a VerifiedImage/ };
  const quarantined = { message: /lies in quarantine/, remedy: /without `candidate\/`/ };
  const refused: Readonly<
    Record<string, { resources: readonly Resource[]; at: string; message: RegExp; remedy: RegExp }>
  > = {
    "a pod whose digest nobody verified": { resources: [pod(image)], at: "spec.containers[0].image", ...unverified },
    "a pod with another digest than the verified one": {
      resources: [verified(other), pod(image)],
      at: "spec.containers[0].image",
      ...unverified,
    },
    "a pod with another image of the verified digest": {
      resources: [verified(`${registry}/api@${DIGEST}`), pod(image)],
      at: "spec.containers[0].image",
      ...unverified,
    },
    "a verification that comes after its consumer": {
      resources: [pod(image), verified(image)],
      at: "spec.containers[0].image",
      ...unverified,
    },
    "a tag": {
      resources: [verified(image), pod(`${registry}/web:local`)],
      at: "spec.containers[0].image",
      ...floating,
    },
    "no tag at all": { resources: [pod(`${registry}/web`)], at: "spec.containers[0].image", ...floating },
    "a tag under another name of this machine": {
      resources: [pod("localhost:5000/team/web:local")],
      at: "spec.containers[0].image",
      ...floating,
    },
    "a candidate, verified or not": {
      resources: [verified(`${registry}/candidate/web@${DIGEST}`), pod(`${registry}/candidate/web@${DIGEST}`)],
      at: "spec.containers[0].image",
      ...quarantined,
    },
    "a pool image": {
      resources: [pod(`${registry}/pool/web@${DIGEST}`)],
      at: "spec.containers[0].image",
      ...quarantined,
    },
    "a release of a digest that nobody verified": { resources: [release(DIGEST)], at: "digest", ...unverified },
    "an init container": {
      resources: [workload("core/v1:Pod", { initContainers: [{ image }] })],
      at: "spec.initContainers[0].image",
      ...unverified,
    },
    "an ephemeral container": {
      resources: [workload("core/v1:Pod", { ephemeralContainers: [{ image: UNKNOWN }, { image }] })],
      at: "spec.ephemeralContainers[1].image",
      ...unverified,
    },
    "an image volume": {
      resources: [workload("core/v1:Pod", { volumes: [{ emptyDir: {} }, { image: { reference: image } }] })],
      at: "spec.volumes[1].image.reference",
      ...unverified,
    },
    "a cron job": {
      resources: [workload("batch/v1:CronJob", { jobTemplate: { spec: template({ containers: [{ image }] }) } })],
      at: "spec.jobTemplate.spec.template.spec.containers[0].image",
      ...unverified,
    },
    "a resource of somebody's own kind": {
      resources: [workload("example.com/v1:Fleet", { pods: [template({ containers: [{ image }] })] })],
      at: "spec.pods[0].template.spec.containers[0].image",
      ...unverified,
    },
    "freight of Kargo": {
      resources: [
        {
          type: "kubernetes:kargo.akuity.io/v1alpha1:Freight",
          props: { images: [{ repoURL: `${registry}/web`, tag: "1.0.0", digest: DIGEST }] },
        },
      ],
      at: "images[0]",
      ...unverified,
    },
    "freight of Kargo by a tag": {
      resources: [
        {
          type: "kubernetes:kargo.akuity.io/v1alpha1:Freight",
          props: { images: [{ repoURL: `${registry}/web`, tag: "1.0.0" }] },
        },
      ],
      at: "images[0]",
      ...floating,
    },
  };
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "DeploymentPatch"]) {
    it(`refuses a ${kind}`, async () => {
      const { before: found } = await violations([
        workload(
          `apps/v1:${kind}`,
          template({
            containers: [
              { name: "a", image: UNKNOWN },
              { name: "b", image },
            ],
          }),
        ),
      ]);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", /^kubernetes:apps\/v1:\w+ r0: spec\.template\.spec\.containers\[1\]\.image is /);
    });
  }
  for (const [name, { resources, at, message, remedy }] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const { before: found } = await violations(resources);
      assert.equal(found.length, 1, found.join("\n"));
      const [said = "", next = ""] = (found[0] ?? "").split("\n");
      assert.ok(said.includes(`: ${at} is `), said);
      assert.match(said, message);
      assert.match(next, remedy);
    });
  }

  it("refuses tags and quarantine where a local stack does without evidence, but asks for no verification", async () => {
    const without = [...own, "factory:evidence: false"];
    const found = await violations([release(DIGEST), pod(image), pod(`${registry}/web:local`)], without);
    assert.equal(found.before.length, 1);
    assert.match(found.before[0] ?? "", /which can move/);
  });

  it("refuses workloads of a stack whose registry nobody knows", async () => {
    const { before: found } = await violations([pod(image)], ["other:registry: x"]);
    assert.match(found.join(), /the stack's settings cannot be read/);
  });

  it("refuses what is denied by lineage, verified or not, wherever it lies, and says why", async () => {
    const denial = `{ digest: ${DIGEST}, image: web, recalled: sha256:${"c".repeat(64)}, reason: it leaks keys }`;
    await writeFile(join(root, "denials.yaml"), `denials:\n  - ${denial}\n`);
    try {
      for (const [where, written] of Object.entries({ own: image, other: `docker.io/library/nginx@${DIGEST}` })) {
        const { before } = await violations([verified(written), pod(written)]);
        assert.equal(before.length, 1, where);
        assert.match(before[0] ?? "", /stands on the recalled sha256:c{64} \(it leaks keys\)[\s\S]*denials\.yaml/);
      }
      assert.deepEqual((await violations([verified(other), pod(other)])).before, []);
    } finally {
      await rm(join(root, "denials.yaml"));
    }
  });

  it("says nothing of what is not an image", async () => {
    const secret = workload("core/v1:Pod", { containers: [{ image, env: [{ name: "KEY", value: "hunter2" }] }] });
    assert.ok(!(await violations([secret])).before.join().includes("hunter2"));
  });

  describe("at the end of a run", () => {
    const output = verified(image, false);
    const depending = (on: number): Resource => ({ ...pod(image), dependsOn: [on] });
    const stacks: Readonly<Record<string, readonly [resources: readonly Resource[], blamed: readonly string[]]>> = {
      "accepts what depends on its verification": [[output, depending(0)], []],
      "accepts what depends on it through something else": [
        [output, { type: "other", props: {}, dependsOn: [0] }, depending(1)],
        [],
      ],
      "accepts plain text, verified before anything was created": [[verified(image), pod(image)], []],
      "refuses what could have been created before its verification": [[output, pod(image)], ["r1"]],
      "refuses what depends on another verification": [[output, verified(other, false), depending(1)], ["r2"]],
    };
    for (const [name, [resources, blamed]] of Object.entries(stacks)) {
      it(name, async () => {
        const { after: found } = await violations(resources);
        assert.deepEqual(
          found.map((text) => text.split(" ", 1)[0]),
          blamed,
        );
      });
    }
  });
});
