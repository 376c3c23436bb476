import { createHash } from "node:crypto";
import { isRecord, unwrapped } from "./conforms.js";
import type { SdkInterface, SdkType } from "./sdk-types.js";

export const STAND_IN_ACCOUNT = "111122223333";
export const STAND_IN_REGION = "eu-west-1";

/** A resource as its provider sees it. */
export interface Made {
  /** e.g. `aws:ecr/repository:Repository` */
  readonly type: string;
  /** The physical name. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** What the provider would add to the inputs: values of the right shape, the same at every call. */
export function outputsOf(made: Made, declared: SdkInterface): Readonly<Record<string, unknown>> {
  const added: Record<string, unknown> = {};
  for (const [property, { required, type }] of declared) {
    if (property in made.inputs) continue;
    const own = special[made.type]?.(made)[property] ?? common(made)[property];
    if (own !== undefined) added[property] = own;
    else if (required) added[property] = plausible(type, `${made.name}-${property}`);
  }
  return { ...made.inputs, ...added };
}

/** The name that the provider gives the real thing: what the program says, or one made of the resource's own. */
export function physicalName(type: string, resource: string, inputs: Readonly<Record<string, unknown>>): string {
  const metadata = unwrapped(inputs.metadata);
  if (isRecord(metadata)) {
    return [metadata.namespace, metadata.name ?? resource].map(unwrapped).filter(Boolean).join("/");
  }
  const key = nameKeys[type] ?? ["name", "bucket"];
  const parts = key.map((each) => unwrapped(inputs[each])).filter((part) => typeof part === "string");
  return parts.length > 0 ? parts.join("/") : `${resource}-0a1b2c3`;
}

/** What makes one of these the only one, where that is not its name. */
const nameKeys: Readonly<Record<string, readonly string[]>> = {
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["repository"],
  "aws:ecr/repositoryPolicy:RepositoryPolicy": ["repository"],
  "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": ["ecrRepositoryPrefix"],
  "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": ["prefix"],
  "aws:cloudwatch/eventTarget:EventTarget": ["rule", "targetId"],
  "aws:iam/rolePolicy:RolePolicy": ["role", "name"],
  "aws:sqs/queuePolicy:QueuePolicy": ["queueUrl"],
  "github:index/repositoryEnvironment:RepositoryEnvironment": ["repository", "environment"],
  "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": ["repository", "environment", "variableName"],
  "github:index/actionsVariable:ActionsVariable": ["repository", "variableName"],
};

function common({ type, name, inputs }: Made): Readonly<Record<string, unknown>> {
  const [, module = ""] = type.split(":");
  const [service = ""] = module.split("/");
  const kind = (type.split(":")[2] ?? "").toLowerCase();
  return {
    arn: `arn:aws:${service}:${STAND_IN_REGION}:${STAND_IN_ACCOUNT}:${kind}/${name}`,
    name,
    region: STAND_IN_REGION,
    registryId: STAND_IN_ACCOUNT,
    ...(inputs.tags === undefined ? {} : { tagsAll: inputs.tags }),
  };
}

const global = `arn:aws:iam::${STAND_IN_ACCOUNT}`;
const regional = (service: string) => `arn:aws:${service}:${STAND_IN_REGION}:${STAND_IN_ACCOUNT}`;

const special: Readonly<Record<string, (made: Made) => Readonly<Record<string, unknown>>>> = {
  "aws:ecr/repository:Repository": ({ name }) => ({
    arn: `${regional("ecr")}:repository/${name}`,
    repositoryUrl: `${STAND_IN_ACCOUNT}.dkr.ecr.${STAND_IN_REGION}.amazonaws.com/${name}`,
  }),
  "aws:iam/role:Role": ({ name }) => ({ arn: `${global}:role/${name}`, uniqueId: `AROA${hex(name).slice(0, 16)}` }),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ({ inputs }) => ({
    arn: `${global}:oidc-provider/${String(inputs.url).replace("https://", "")}`,
  }),
  "aws:kms/key:Key": ({ name }) => ({ arn: `${regional("kms")}:key/${uuid(name)}`, keyId: uuid(name) }),
  "aws:kms/alias:Alias": ({ name }) => ({ arn: `${regional("kms")}:${name}` }),
  "aws:sqs/queue:Queue": ({ name }) => ({
    arn: `${regional("sqs")}:${name}`,
    url: `https://sqs.${STAND_IN_REGION}.amazonaws.com/${STAND_IN_ACCOUNT}/${name}`,
  }),
  "aws:sns/topic:Topic": ({ name }) => ({ arn: `${regional("sns")}:${name}` }),
  "aws:lambda/function:Function": ({ name }) => ({ arn: `${regional("lambda")}:function:${name}` }),
  "aws:cloudwatch/eventRule:EventRule": ({ name }) => ({ arn: `${regional("events")}:rule/${name}` }),
  "aws:cloudwatch/eventConnection:EventConnection": ({ name }) => ({
    arn: `${regional("events")}:connection/${name}/${uuid(name)}`,
    secretArn: `${regional("secretsmanager")}:secret:events!connection/${name}/${uuid(name)}`,
  }),
  "aws:cloudwatch/eventApiDestination:EventApiDestination": ({ name }) => ({
    arn: `${regional("events")}:api-destination/${name}/${uuid(name)}`,
  }),
};

function plausible(type: SdkType, text: string): unknown {
  switch (type.kind) {
    case "string":
      return text;
    case "number":
      return 0;
    case "boolean":
      return false;
    case "literal":
      return type.value;
    case "array":
      return [];
    case "union":
      return plausible(type.of[0] ?? { kind: "string" }, text);
    default:
      return {};
  }
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function uuid(text: string): string {
  return hex(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
