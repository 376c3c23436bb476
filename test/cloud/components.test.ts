import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { load } from "js-yaml";
import type { CloudResource } from "../../domain/cloud/picture.js";
import type { PolicyDocument, Statement } from "../../domain/cloud/policy-document.js";
import { checkResource } from "../../domain/policy/resource-rule.js";
import { RESOURCE_RULES } from "../../domain/policy/rules.js";
import { valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { cloudResources } from "../../tools/cloud-docs.js";
import { projectRoot } from "../../tools/project.js";
import { motoFolder } from "../support/moto.js";

const read = (...parts: readonly string[]) => readFileSync(path.join(projectRoot, ...parts), "utf8");

/** What `tools/cloud/bootstrap.sh` makes of one of its documents. */
function bootstrapDocument(name: string, { cloud, stack }: Settings): PolicyDocument {
  const values: Readonly<Record<string, string>> = {
    account: cloud?.account ?? "",
    region: cloud?.region ?? "",
    stack,
    prefix: "factory",
  };
  return JSON.parse(read("tools/cloud", name).replace(/@(\w+)@/g, (_, key: string) => values[key] ?? ""));
}

const list = (value: string | readonly string[] | undefined) => [value ?? []].flat();

/** As IAM matches: `*` is any text, slashes among it. */
function covers(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

/** Of another resource mocks do not know the ARN: then the action has to be within on some resource at least. */
function isWithin(boundary: PolicyDocument, action: string, resource: string): boolean {
  return boundary.Statement.some(({ Action, Effect, Resource }) => {
    if (Effect !== "Allow" || !Action.includes(action)) return false;
    return resource.startsWith("arn:aws:mock:") || list(Resource).some((pattern) => covers(pattern, resource));
  });
}

for (const stack of ["staging", "prod"]) {
  describe(`the cloud of Pulumi.${stack}.yaml`, () => {
    let settings: Settings;
    let resources: readonly CloudResource[];
    before(async () => {
      settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      resources = await cloudResources(settings);
    });
    const ofType = (type: string) => resources.filter((each) => each.type === type);

    it("keeps to every policy, document by document", () => {
      const pinned = settings.cloud?.runners === undefined ? [] : [settings.cloud.runners.image];
      const known = { development: false, registry: settings.registry, pinned };
      const found = resources.flatMap(({ type, name, inputs }) =>
        RESOURCE_RULES.flatMap((rule) => checkResource(rule, { type, props: inputs }, known, name)),
      );
      assert.deepEqual(found, []);
      assert.ok(ofType("aws:iam/rolePolicy:RolePolicy").length >= 3);
    });

    it("has no role that could do more than the boundary of the bootstrap", () => {
      const boundary = bootstrapDocument("boundary.json", settings);
      const arn = `arn:aws:iam::${settings.cloud?.account}:policy/image-factory-${stack}-boundary`;
      for (const { name, inputs } of ofType("aws:iam/role:Role")) assert.equal(inputs.permissionsBoundary, arn, name);
      for (const { name, inputs } of ofType("aws:iam/rolePolicy:RolePolicy")) {
        const { Statement } = JSON.parse(String(inputs.policy)) as PolicyDocument;
        for (const { Action, Resource } of Statement) {
          for (const action of Action) {
            for (const resource of list(Resource)) {
              assert.ok(isWithin(boundary, action, resource), `${name}: ${action} on ${resource}`);
            }
          }
        }
      }
    });

    it("is made by a role that is as narrow as AWS lets it be, and cannot leave the boundary", () => {
      const { Statement } = bootstrapDocument("deployer.json", settings);
      const allowed = Statement.filter(({ Effect }) => Effect === "Allow");
      for (const { Action, Condition, Resource, Sid } of allowed) {
        assert.deepEqual(
          Action.filter((action) => /[*?]/.test(action)),
          [],
          Sid,
        );
        if (list(Resource).includes("*")) {
          assert.deepEqual(Condition, { StringEquals: { "aws:RequestedRegion": settings.cloud?.region } }, Sid);
          assert.ok(
            Action.every((action) => !action.startsWith("iam:")),
            Sid,
          );
        }
      }
      const grants = allowed.filter(({ Action }) => Action.some((each) => /^iam:(?:CreateRole|PutRole)/.test(each)));
      assert.ok(grants.length > 0);
      for (const { Condition } of grants) {
        assert.match(JSON.stringify(Condition), new RegExp(`"iam:PermissionsBoundary":"[^"]*${stack}-boundary"`));
      }
      const denied = Statement.filter(({ Effect }) => Effect === "Deny");
      assert.deepEqual(denied.flatMap(({ Resource }: Statement) => list(Resource)).sort(), [
        "*",
        `arn:aws:iam::${settings.cloud?.account}:policy/image-factory-${stack}-boundary`,
        `arn:aws:iam::${settings.cloud?.account}:role/image-factory-${stack}-deployer`,
      ]);
    });
  });
}

describe("actions that the documents name", () => {
  /** What is a permission and no operation. */
  const permissions = [
    "ecr:BatchImportUpstreamImage",
    "ecr:ReplicateImage",
    "events:InvokeApiDestination",
    "iam:PassRole",
    "lambda:InvokeFunction",
    "s3:ListBucket",
    "sts:AssumeRoleWithWebIdentity",
  ];

  it("are those that AWS has, by the models of its own client", async () => {
    const models = path.join(await motoFolder(), "botocore/data");
    const documents: PolicyDocument[] = [];
    for (const stack of ["staging", "prod"]) {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      documents.push(...["boundary.json", "deployer.json"].map((name) => bootstrapDocument(name, settings)));
      for (const { inputs } of await cloudResources(settings)) {
        for (const document of [inputs.policy, inputs.assumeRolePolicy]) {
          if (typeof document === "string" && document.includes('"Statement"')) documents.push(JSON.parse(document));
        }
      }
    }
    const all = documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
    const named = [...new Set(all)].filter((action) => action !== "iam:*" && !permissions.includes(action)).sort();
    assert.ok(named.length > 100, String(named.length));
    const operations = new Map<string, readonly string[]>();
    const unknown = named.filter((action) => {
      const [service = "", operation = ""] = action.split(":");
      if (!operations.has(service)) operations.set(service, operationsOf(path.join(models, service)));
      return !operations.get(service)?.includes(operation);
    });
    assert.deepEqual(unknown, []);
  });

  function operationsOf(folder: string): readonly string[] {
    const version = readdirSync(folder).sort().at(-1) ?? "";
    const model = gunzipSync(readFileSync(path.join(folder, version, "service-2.json.gz")));
    return Object.keys((JSON.parse(model.toString()) as { readonly operations: object }).operations);
  }
});

describe("a storm of events, or GitHub down for a day", () => {
  let resources: readonly CloudResource[];
  before(async () => {
    resources = await cloudResources(valueOrThrow("the settings", await loadSettings(projectRoot, "staging")));
  });
  const inputsOf = (type: string) => resources.filter((each) => each.type === type).map(({ inputs }) => inputs);

  it("comes to GitHub at one dispatch a second, and no faster", () => {
    const [destination] = inputsOf("aws:cloudwatch/eventApiDestination:EventApiDestination");
    assert.equal(destination?.invocationRateLimitPerSecond, 1);
  });

  it("is tried again for a day, then kept for two weeks and told", () => {
    const targets = [
      ...inputsOf("aws:cloudwatch/eventTarget:EventTarget"),
      ...inputsOf("aws:scheduler/schedule:Schedule").flatMap(({ target, name }) =>
        String(name).endsWith("-due") ? [target as Readonly<Record<string, unknown>>] : [],
      ),
    ];
    assert.equal(targets.length, 5);
    for (const { deadLetterConfig, retryPolicy } of targets) {
      assert.deepEqual(retryPolicy, { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 });
      assert.match(JSON.stringify(deadLetterConfig), /cloud-triggers-undelivered/);
    }
    const [queue] = inputsOf("aws:sqs/queue:Queue");
    assert.equal(queue?.messageRetentionSeconds, 14 * 86_400);
    const alarms = inputsOf("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ metricName }) => metricName);
    assert.ok(alarms.includes("ApproximateNumberOfMessagesVisible"));
    assert.equal(alarms.filter((metric) => metric === "FailedInvocations").length, 4);
  });

  it("makes one run of all that wait, which no event has to tell anything", () => {
    const rebuild = load(read(".github/workflows/rebuild.yml")) as {
      readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
      readonly on: Readonly<Record<string, unknown>>;
    };
    assert.deepEqual(rebuild.concurrency, { group: "rebuild", "cancel-in-progress": false });
    assert.ok("workflow_call" in rebuild.on, "the night calls it, too");
    assert.doesNotMatch(read(".github/workflows/rebuild.yml"), /client_payload/);
  });
});

describe("the environments that workflows name", () => {
  interface Job {
    readonly environment?: string;
  }
  const made = new Map<string, Set<string>>();
  before(async () => {
    for (const stack of ["staging", "prod"]) {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      for (const { type, inputs } of await cloudResources(settings)) {
        const environment = String(inputs.environment);
        if (type === "github:index/repositoryEnvironment:RepositoryEnvironment") made.set(environment, new Set());
        if (type === "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable") {
          made.get(environment)?.add(String(inputs.variableName));
        }
      }
    }
  });

  for (const name of readdirSync(path.join(projectRoot, ".github/workflows"))) {
    it(`are made by a stack, with every variable that ${name} reads`, () => {
      const { jobs } = load(read(".github/workflows", name)) as { jobs: Readonly<Record<string, Job>> };
      for (const [id, job] of Object.entries(jobs)) {
        if (job.environment === undefined) continue;
        const environment = job.environment.startsWith("${{") ? "staging" : job.environment;
        assert.ok(made.has(environment), `${id}: ${environment}`);
        for (const [, variable = ""] of JSON.stringify(job).matchAll(/vars\.(\w+)/g)) {
          // The label of runners is read before a job has an environment.
          if (variable === "FACTORY_RUNNER") continue;
          assert.ok(made.get(environment)?.has(variable), `${id}: ${environment} has no ${variable}`);
        }
      }
    });
  }
});
