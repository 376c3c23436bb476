import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import { builderInstances, builderOf } from "../../domain/cloud/buildkit.js";
import { DISPATCH_EVENT, DISPATCH_LIMITS, dispatchTransformer, triggerRules } from "../../domain/cloud/events.js";
import { signingKeyPolicy } from "../../domain/cloud/keys.js";
import { PULLER_SOURCE } from "../../domain/cloud/puller-source.js";
import { cachedImages } from "../../domain/cloud/pulls.js";
import {
  movingTagFilters,
  registryPolicy,
  releaseLifecycle,
  temporaryLifecycle,
} from "../../domain/cloud/repositories.js";
import {
  builderPolicy,
  githubTrust,
  promoterPolicy,
  proposerPolicy,
  readerPolicy,
  signingSubjects,
  watcherPolicy,
} from "../../domain/cloud/roles.js";
import { checkResource } from "../../domain/policy/resource-rule.js";
import { RESOURCE_RULES } from "../../domain/policy/rules.js";
import { type CloudSettings, cloudSchema } from "../../domain/settings/cloud.js";
import { Moto, patternsMatch } from "../support/moto.js";
import { cloudConfig } from "../support/staging.js";

type SpecDatabase = ReturnType<typeof loadAwsServiceSpecSync>;

const cloud: CloudSettings = cloudSchema.parse(cloudConfig);
const names = {
  base: "image-factory-staging",
  repositories: "factory",
  signingKey: "alias/image-factory-staging",
  dataKey: "alias/image-factory-staging-data",
  boundary: "arn:aws:iam::111122223333:policy/image-factory-staging-boundary",
  stateBucket: "image-factory-staging-state-111122223333",
};
const digest = `sha256:${"a".repeat(64)}`;
const rules = triggerRules(cloud, names, "staging");

/** Events in the shape in which AWS documents them; those of ECR are held against its schemas below. */
const event = (source: string, type: string, detail: object) => ({
  version: "0",
  id: "12345678-1234-1234-1234-123456789012",
  "detail-type": type,
  source,
  account: cloud.account,
  time: "2026-11-21T12:00:00Z",
  region: cloud.region,
  resources: [],
  detail,
});
const push = (detail: object) =>
  event("aws.ecr", "ECR Image Action", {
    result: "SUCCESS",
    "repository-name": "factory/web",
    "image-digest": digest,
    "action-type": "PUSH",
    "image-tag": "staging",
    ...detail,
  });
const pulled = (detail: object) =>
  event("aws.ecr", "ECR Pull Through Cache Action", {
    "sync-status": "SUCCESS",
    "ecr-repository-prefix": "quay",
    "repository-name": "quay/prometheus/node-exporter",
    "upstream-registry-url": "quay.io",
    "image-tag": "v1",
    "image-digest": digest,
    ...detail,
  });
const finding = (detail: object, repositoryName = "factory/web") =>
  event("aws.inspector2", "Inspector2 Finding", {
    findingArn: "arn:aws:inspector2:eu-west-1:111122223333:finding/1",
    title: "CVE-2026-1 - openssl",
    severity: "CRITICAL",
    status: "ACTIVE",
    type: "PACKAGE_VULNERABILITY",
    resources: [
      {
        id: `arn:aws:ecr:eu-west-1:111122223333:repository/${repositoryName}/${digest}`,
        type: "AWS_ECR_CONTAINER_IMAGE",
        details: { awsEcrContainerImage: { repositoryName, imageHash: digest, imageTags: ["staging"] } },
      },
    ],
    ...detail,
  });

const matching = {
  "a release": [push({}), "released"],
  "an image that came through a cache": [pulled({}), "upstream"],
  "a grave finding": [finding({}), "vulnerability"],
  "the alarm": [event("image-factory", "Rebuild Due", { due: "2026-11-22T00:00:00Z" }), "due"],
} as const;

const missing: Readonly<Record<string, object>> = {
  "a candidate, which has no tag": push({ "repository-name": "factory/candidate/web", "image-tag": undefined }),
  "a build record": push({
    "repository-name": "factory/candidate/web",
    "image-tag": `sha256-${"a".repeat(64)}.record`,
  }),
  "an attestation, which has no tag": push({ "image-tag": undefined }),
  "the tag of a build, which comes with the channel's": push({ "image-tag": `b-${"a".repeat(64)}` }),
  "a push that failed": push({ result: "FAILURE" }),
  "a deleted image": push({ "action-type": "DELETE" }),
  "somebody else's repository": push({ "repository-name": "factory2/web" }),
  "another account": { ...push({}), account: "999988887777" },
  "a cache that found nothing": pulled({ "sync-status": "FAILURE" }),
  "a cache of somebody else": pulled({ "repository-name": "quay2/prometheus/node-exporter" }),
  "a finding of little weight": finding({ severity: "MEDIUM" }),
  "a finding that is closed": finding({ status: "CLOSED" }),
  "a finding about somebody else's image": finding({}, "payments/web"),
};

/** Amazon looks into each object of a list, moto into none: a list of one is given to it as that one. */
function flat(candidate: object): object {
  const { detail } = candidate as { readonly detail: { readonly resources?: readonly object[] } };
  const [resource] = detail.resources ?? [];
  return resource === undefined ? candidate : { ...candidate, detail: { ...detail, resources: resource } };
}

describe("the rules of a stack's triggers", () => {
  const rows: readonly (readonly [name: string, event: object, causes: readonly string[]])[] = [
    ...Object.entries(matching).map(
      ([name, [event, cause]]) => [`start the factory at ${name}`, event, [cause]] as const,
    ),
    ...Object.entries(missing).map(([name, event]) => [`leave the factory alone at ${name}`, event, []] as const),
  ];
  let found: readonly boolean[];
  before(async () => {
    found = await patternsMatch(rows.flatMap(([, each]) => rules.map(({ pattern }) => [pattern, flat(each)] as const)));
  });

  for (const [index, [name, , causes]] of rows.entries()) {
    it(name, () => {
      const own = found.slice(index * rules.length, (index + 1) * rules.length);
      assert.deepEqual(
        rules.filter((_, rule) => own[rule]).map(({ cause }) => cause),
        causes,
      );
    });
  }
});

describe("events of ECR, by the schemas of AWS", () => {
  // Of Inspector there is none: its events are shaped after Amazon's documentation.
  let spec: SpecDatabase;
  before(() => {
    spec = loadAwsServiceSpecSync();
  });

  function schemaOf(detailType: string) {
    const event = spec.all("event").find((each) => each.source === "aws.ecr" && each.detailType === detailType);
    assert.ok(event !== undefined, detailType);
    return spec.get("eventTypeDefinition", event.rootProperty).properties;
  }
  const events = { ...Object.fromEntries(Object.entries(matching).map(([name, [each]]) => [name, each])), ...missing };
  for (const [name, each] of Object.entries(events)) {
    const { source, detail, "detail-type": type } = each as ReturnType<typeof event>;
    if (source !== "aws.ecr") continue;
    it(`have the shape of ${name}`, () => {
      const properties = schemaOf(type);
      const given = Object.entries(detail).filter(([, value]) => value !== undefined);
      for (const [key, value] of given) assert.equal(typeof value, properties[key]?.type.type, key);
      const required = Object.keys(properties).filter((key) => properties[key]?.required);
      assert.deepEqual(
        required.filter((key) => !given.some(([own]) => own === key)),
        [],
      );
    });
  }

  for (const { cause, pattern, tells } of rules.filter((rule) => JSON.stringify(rule.pattern).includes("aws.ecr"))) {
    it(`have all that the rule "${cause}" asks for and tells`, () => {
      const [type] = pattern["detail-type"] as readonly [string];
      const properties = schemaOf(type);
      const detail = pattern.detail as Readonly<Record<string, unknown>>;
      assert.deepEqual(
        Object.keys(detail).filter((key) => !(key in properties)),
        [],
      );
      for (const path of Object.values(tells)) {
        const key = path.replace("$.detail.", "");
        // What need not be there has to be asked for: EventBridge leaves a hole in the body where it is missing.
        assert.ok(properties[key]?.required || key in detail, key);
      }
    });
  }
});

describe("the documents of a cloud, in a server of Amazon's services that is not ours", () => {
  let moto: Moto;
  before(async () => {
    moto = await Moto.start();
  });
  after(() => moto.stop());

  async function call<T = Record<string, unknown>>(service: string, target: string, body: object): Promise<T> {
    const answer = await fetch(moto.endpoint, {
      method: "POST",
      headers: {
        "content-type": `application/x-amz-json-1.${service === "sqs" ? 0 : 1}`,
        "x-amz-target": target,
        authorization: `AWS4-HMAC-SHA256 Credential=test/20261121/${cloud.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${target}: ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }
  it("are lifecycles that ECR takes", async () => {
    await call("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository", { repositoryName: "factory/web" });
    for (const lifecycle of [releaseLifecycle(cloud, ["staging"]), temporaryLifecycle(14)]) {
      const body = { repositoryName: "factory/web", lifecyclePolicyText: JSON.stringify(lifecycle) };
      await call("ecr", "AmazonEC2ContainerRegistry_V20150921.PutLifecyclePolicy", body);
    }
  });

  it("are a key that ECDSA signs with, under a policy that KMS takes", async () => {
    const Policy = JSON.stringify(
      signingKeyPolicy(cloud, "arn:aws:iam::111122223333:role/image-factory-staging-builder"),
    );
    const body = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY", Policy };
    const { KeyMetadata } = await call<{ KeyMetadata: { KeyId: string; SigningAlgorithms: string[] } }>(
      "kms",
      "TrentService.CreateKey",
      body,
    );
    assert.deepEqual(KeyMetadata.SigningAlgorithms, ["ECDSA_SHA_256"]);
    const read = await call<{ Policy: string }>("kms", "TrentService.GetKeyPolicy", {
      KeyId: KeyMetadata.KeyId,
      PolicyName: "default",
    });
    assert.deepEqual(JSON.parse(read.Policy), JSON.parse(Policy));
  });
});

describe("what EventBridge tells GitHub", () => {
  for (const [name, [candidate, cause]] of Object.entries(matching)) {
    it(`is a dispatch within GitHub's limits: ${name}`, () => {
      const rule = rules.find((each) => each.cause === cause);
      assert.ok(rule !== undefined);
      const { inputPaths, inputTemplate } = dispatchTransformer(rule);
      const body = inputTemplate.replace(/<(\w+)>/g, (_, key: string) => {
        const value = at(candidate, inputPaths[key] ?? "");
        assert.ok(value !== undefined, `${key} is in the event`);
        return JSON.stringify(value);
      });
      const { event_type: type, client_payload: payload, ...rest } = JSON.parse(body);
      assert.deepEqual([type, rest, payload.cause], [DISPATCH_EVENT, {}, cause]);
      assert.ok(type.length <= DISPATCH_LIMITS.eventType);
      assert.ok(Object.keys(payload).length <= DISPATCH_LIMITS.topLevelKeys);
      assert.ok(Buffer.byteLength(JSON.stringify(payload)) <= DISPATCH_LIMITS.payloadBytes);
    });
  }
});

/** `$.detail.resources[0].id` */
function at(value: unknown, path: string): unknown {
  const keys = path
    .slice(2)
    .split(/[.[\]]+/)
    .filter(Boolean);
  return keys.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}

describe("policies of the stack's roles", () => {
  const github = cloud.github;
  assert.ok(github !== undefined);
  const key = "arn:aws:kms:eu-west-1:111122223333:key/1";
  const workflow = "example/images/.github/workflows/build.yml@refs/heads/main";
  const documents = {
    builder: builderPolicy(cloud, names, ["quay"], key, ["arn:aws:sns:eu-west-1:111122223333:images"]),
    promoter: promoterPolicy(cloud, names, ["arn:aws:ecr:eu-west-1:999988887777:repository/factory/*"], key),
    proposer: proposerPolicy(cloud, names, ["quay"]),
    reader: readerPolicy(cloud, names),
    watcher: watcherPolicy(cloud, names, ["quay"]),
  };
  const allowed = (name: keyof typeof documents) =>
    documents[name].Statement.flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => [Resource ?? ""].flat().map((resource) => `${action} ${resource}`)),
    );
  for (const [name, document] of Object.entries(documents)) {
    it(`have no wildcard: ${name}`, () => {
      const resource = { type: "aws:iam/rolePolicy:RolePolicy", props: { policy: JSON.stringify(document) } };
      const stack = { development: false, registry: "", pinned: [] };
      assert.deepEqual(
        RESOURCE_RULES.flatMap((rule) => checkResource(rule, resource, stack, name)),
        [],
      );
    });
  }

  it("let nobody sign or release but who builds, or promotes", () => {
    for (const name of ["proposer", "reader", "watcher"] as const) {
      const rights = allowed(name);
      assert.deepEqual(
        rights.filter((right) => /^kms:Sign|^ecr:PutImage .*:repository\/factory\/\*/.test(right)),
        [],
        name,
      );
    }
    assert.ok(allowed("builder").some((right) => right.startsWith("kms:Sign")));
    assert.ok(
      allowed("promoter").includes(`ecr:BatchGetImage arn:aws:ecr:eu-west-1:999988887777:repository/factory/*`),
    );
  });

  it("keep the state of a stack out of a pull request's reach, and its secrets out of the watcher's", () => {
    const files = allowed("proposer").filter((right) => right.startsWith("s3:") && !right.startsWith("s3:ListBucket"));
    assert.ok(files.length > 0);
    for (const right of files) assert.match(right, /\.pulumi\/(?:\*\/pr-\*|meta\.yaml)$/);
    assert.deepEqual(
      allowed("watcher").filter((right) => /^kms:|^s3:(?:Put|Delete)/.test(right)),
      [],
    );
  });

  it("let only the signing workflow's jobs sign, whoever calls it", () => {
    const subjects = signingSubjects(github, "staging", workflow);
    assert.deepEqual(
      subjects,
      ["example/images", "example/payments"].map(
        (caller) => `repo:${caller}:environment:staging:job_workflow_ref:${workflow}`,
      ),
    );
    assert.ok(!JSON.stringify(githubTrust(cloud, subjects)).includes("*"));
    const [, sign, verify] = signingKeyPolicy(cloud, "arn:role").Statement;
    assert.deepEqual([sign?.Principal, sign?.Action], [{ AWS: "arn:role" }, ["kms:Sign"]]);
    assert.ok(verify?.Action.every((action) => action !== "kms:Sign"));
  });

  it("close quarantine to all but the stack's own roles", () => {
    const [pull, deny] = registryPolicy(cloud, names, ["arn:role"]).Statement;
    assert.deepEqual(pull?.Principal, { AWS: ["arn:aws:iam::444455556666:root"] });
    assert.deepEqual([deny?.Effect, deny?.Principal], ["Deny", "*"]);
    assert.ok(deny?.Resource?.includes("arn:aws:ecr:eu-west-1:111122223333:repository/factory/candidate/*"));
  });
});

describe("tags that may move", () => {
  const rows: Readonly<Record<string, readonly [Parameters<typeof movingTagFilters>, readonly string[]]>> = {
    "the channel": [
      [{ channel: true, commit: false }, "staging", ["staging"]],
      ["staging", "latest"],
    ],
    "a version's forms": [
      [{ channel: true, commit: true, semver: "1.4.2" }, "staging", ["staging", "1.4.2", "1.4", "1", "c-0123"]],
      ["staging", "1*", "c-*", "latest"],
    ],
    "a version's release, before what other runs move": [
      [{ channel: true, commit: true, semver: "1.4.2" }, "staging", ["v1.4", "v1", "latest"]],
      ["v1.4", "v1", "latest", "staging", "1*"],
    ],
  };
  for (const [name, [args, expected]] of Object.entries(rows)) {
    it(`are ${name}`, () => assert.deepEqual(movingTagFilters(...args), expected));
  }
});

describe("builders", () => {
  const { runners } = cloud;
  assert.ok(runners !== undefined);
  const two = {
    ...runners,
    pools: { ...runners.pools, amd64: { ...runners.pools.amd64, replicas: 2 } },
  } as typeof runners;
  const hosts = (pool: string) => (pool === "amd64" ? ["amd64-0", "amd64-1"] : [`${pool}-0`]);

  it("have native nodes of each platform, and the GPU's apart", () => {
    const instances = builderInstances("factory", two, hosts);
    assert.deepEqual(
      Object.entries(instances).map(([name, { Nodes }]) => [name, Nodes.map(({ Endpoint }) => Endpoint)]),
      [
        ["factory", ["tcp://amd64-0:1234", "tcp://arm64-0:1234"]],
        ["factory-2", ["tcp://amd64-1:1234", "tcp://arm64-0:1234"]],
        ["factory-gpu", ["tcp://gpu-0:1234"]],
      ],
    );
  });

  it("are the ones that images are sent to: every GPU image to the GPU, each image always to the same", () => {
    const settings = { builder: "factory", cloud: { ...cloud, runners: two } };
    const known = Object.keys(builderInstances("factory", two, hosts));
    const general = Array.from({ length: 50 }, (_, index) =>
      builderOf(settings, { id: `image-${index}`, runner: "cpu" }),
    );
    assert.deepEqual([...new Set(general)].sort(), ["factory", "factory-2"]);
    assert.ok(general.every((name) => known.includes(name)));
    assert.equal(builderOf(settings, { id: "cuda", runner: "gpu" }), "factory-gpu");
    assert.equal(builderOf({ builder: "factory" }, { id: "cuda", runner: "gpu" }), "factory");
  });
});

describe("the scheduled puller", () => {
  it("asks the caches for what is watched by tag, and for nothing else", () => {
    const externals = ["docker.io/library/nginx:1", "quay.io/a/b:2", `quay.io/a/c@${digest}`];
    assert.deepEqual(cachedImages(externals, cloud), [{ repository: "quay/a/b", tag: "2" }]);
  });

  it("pulls every manifest, with its token, and names all that failed", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      response.statusCode = request.url?.includes("gone") ? 404 : 200;
      response.end("{}");
    }).listen(0, "127.0.0.1");
    const origin = `http://127.0.0.1:${(await new Promise<AddressInfo>((resolve) => server.on("listening", () => resolve(server.address() as AddressInfo)))).port}`;
    try {
      const source = PULLER_SOURCE.replace(/^import .*$/m, "");
      const { pull } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
      await pull(origin, "dG9rZW4=", ["quay/a/b:2"]);
      assert.deepEqual(asked, ["/v2/quay/a/b/manifests/2 Basic dG9rZW4="]);
      await assert.rejects(
        pull(origin, "x", ["quay/gone:1", "quay/a/b:2", "quay/gone:2"]),
        /2 of 3 .*gone:1: 404; quay\/gone:2: 404/,
      );
    } finally {
      server.close();
    }
  });
});
