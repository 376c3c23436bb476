import assert from "node:assert/strict";
import { TestProject } from "../support/project.js";
import { useServices } from "../support/with-services.js";

/** A program without any of the factory's code: only the pack stands between it and the account. */
const foreignProgram = `
const resources = {
  repository: require("@pulumi/aws/ecr").Repository,
  registryPolicy: require("@pulumi/aws/ecr").RegistryPolicy,
  rolePolicy: require("@pulumi/aws/iam").RolePolicy,
  deployment: require("@pulumi/kubernetes/apps/v1").Deployment,
};
for (const [name, [kind, inputs]] of Object.entries(require("./inputs.json"))) new resources[kind](name, inputs);
`;

const protectedRepository = {
  name: "factory/web",
  imageTagMutability: "IMMUTABLE",
  encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: "arn:aws:kms:eu-west-1:111122223333:key/1" }],
};
const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const repositories = "arn:aws:ecr:eu-west-1:111122223333:repository/factory/*";

interface Planted {
  readonly resource: readonly [kind: string, inputs: object];
  readonly rule: string;
  /** What is found, and then what to do. */
  readonly says: readonly [found: RegExp, remedy: RegExp];
}

const planted: Readonly<Record<string, Planted>> = {
  "a repository whose tags move": {
    resource: ["repository", { ...protectedRepository, imageTagMutability: "MUTABLE" }],
    rule: "protected-repositories",
    says: [/imageTagMutability is MUTABLE/, /Set IMMUTABLE_WITH_EXCLUSION/],
  },
  "a registry that everybody may pull from": {
    resource: [
      "registryPolicy",
      {
        policy: document({ Effect: "Allow", Principal: "*", Action: ["ecr:BatchGetImage"], Resource: repositories }),
      },
    ],
    rule: "nothing-public",
    says: [/allows everybody ecr:BatchGetImage/, /Name the accounts or roles/],
  },
  "a role that may do everything": {
    resource: ["rolePolicy", { role: "builder", policy: document({ Effect: "Allow", Action: "*", Resource: "*" }) }],
    rule: "least-privilege",
    says: [/allows the action "\*"/, /Name each action/],
  },
  "a workload that runs a stranger's image as root": {
    resource: [
      "deployment",
      {
        metadata: { name: "web", namespace: "web" },
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "docker.io/library/nginx:1.29" }] },
          },
        },
      },
    ],
    rule: "trusted-workloads",
    says: [/runs docker\.io\/library\/nginx:1\.29/, /Build it here, or name it by digest/],
  },
};

describe("policies for the cloud in the real engine", () => {
  const services = useServices({ tools: ["pulumi", "docker-build"] });
  let project: TestProject;
  before(() => {
    project = new TestProject(services(), "cloud-policies", { stack: "staging" });
    project.write({
      "package.json": JSON.stringify({ main: "program.js" }),
      "program.js": foreignProgram,
      "Pulumi.staging.yaml": JSON.stringify({
        config: {
          ...project.settings,
          "factory:evidence": true,
          "factory:signingKey": "keys/cosign.key",
          "factory:source": "https://git.example/images",
          "aws:region": "eu-west-1",
          "aws:skipCredentialsValidation": "true",
        },
      }),
    });
  });

  function up(resources: Readonly<Record<string, Planted["resource"]>>) {
    project.write({ "inputs.json": JSON.stringify(resources) });
    return project.up();
  }
  const compliant = { web: ["repository", protectedRepository] } as const;

  it("let pass what keeps to them", async () => {
    const { code, text } = await up(compliant);
    assert.equal(code, 0, text);
    assert.deepEqual(Object.keys(project.world.resources("aws")), ["aws:ecr/repository:Repository factory/web"]);
  });

  for (const [name, { resource, rule, says }] of Object.entries(planted)) {
    it(`stop the update for ${name}, make nothing of it, and say what to do`, async () => {
      const other = resource[0] === "repository" ? ["repository", { ...resource[1], name: "factory/api" }] : resource;
      project.world.forget();
      const { code, troubles, text } = await up({ ...compliant, planted: other as Planted["resource"] });
      assert.notEqual(code, 0);
      assert.deepEqual(project.world.operations, []);
      const said = troubles.filter(({ kind }) => kind === "policy").map((trouble) => trouble.text);
      assert.ok(said.length > 0, text);
      for (const expected of says)
        assert.ok(
          said.some((each) => expected.test(each)),
          said.join("\n"),
        );
      assert.ok(text.includes(rule), text);
    });
  }
});
