import { type Failure, failuresOf, isRecord } from "./conforms.js";
import { outputsOf, physicalName } from "./outputs.js";
import { SdkTypes } from "./sdk-types.js";
import type { World } from "./world.js";

type Props = Readonly<Record<string, unknown>>;

/** Inputs whose change needs another resource; everything else is changed in place. */
const identities = ["name", "repository", "ecrRepositoryPrefix", "prefix", "bucket", "repositoryName"];

/**
 * Takes the place of a cloud's Pulumi provider: refuses what its SDK's types do not allow, answers with plausible values,
 * remembers what it made, and fails when it is told to.
 */
export class StandInProvider {
  private readonly types: SdkTypes;

  constructor(
    readonly sdk: string,
    private readonly world: World,
  ) {
    this.types = new SdkTypes(sdk);
  }

  /** What is wrong with the credentials; undefined where nothing is. */
  configure(): string | undefined {
    return this.world.faults.configure?.[this.sdk];
  }

  checkConfig(news: Props): readonly Failure[] {
    const { version: _, ...own } = news;
    return failuresOf(parsedTexts(own), this.types.configuration, this.types);
  }

  check(urn: string, news: Props): readonly Failure[] {
    const type = typeOf(urn);
    const declared = this.types.resource(type);
    if (declared !== undefined) return failuresOf(news, declared.inputs, this.types);
    if (this.sdk === "kubernetes" && isCustom(news)) return customFailures(news);
    return [{ property: "", reason: `${type} is no resource of @pulumi/${this.sdk}` }];
  }

  /** The properties that differ, and those that need another resource. */
  diff(olds: Props, news: Props): { readonly changed: readonly string[]; readonly replaces: readonly string[] } {
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !key.startsWith("__"));
    const changed = keys.filter((key) => !same(olds[key], news[key]));
    const moved = isRecord(olds.metadata) && isRecord(news.metadata) && !same(nameIn(olds), nameIn(news));
    return {
      changed,
      replaces: [...changed.filter((key) => identities.includes(key)), ...(moved ? ["metadata"] : [])],
    };
  }

  create(urn: string, inputs: Props): { readonly id: string; readonly outputs: Props } {
    const type = typeOf(urn);
    const name = physicalName(type, nameOf(urn), inputs);
    this.world.record(`create ${type} ${name}`);
    const { createsFailFrom = Number.POSITIVE_INFINITY, eachCreateFailsOnce, message } = this.world.faults;
    const creates = this.world.operations.filter((line) => line.startsWith("create "));
    const isFirst = creates.filter((line) => line === `create ${type} ${name}`).length === 1;
    if (creates.length >= createsFailFrom || (eachCreateFailsOnce && isFirst)) {
      throw new Error(message ?? `creating ${type} (${name}): LimitExceededException: the quota is used up`);
    }
    const identity = `${type} ${name}`;
    if (identity in this.world.resources(this.sdk)) {
      throw new Error(`creating ${type} (${name}): AlreadyExistsException: there is one of that name already`);
    }
    const declared = this.types.resource(type)?.outputs ?? new Map();
    const outputs = outputsOf({ type, name, inputs }, declared);
    this.world.put(this.sdk, identity, { id: name, urn, inputs, outputs });
    return { id: name, outputs };
  }

  /** What is there; undefined where it is gone. */
  read(urn: string, id: string): { readonly inputs: Props; readonly outputs: Props } | undefined {
    return this.world.resources(this.sdk)[`${typeOf(urn)} ${id}`];
  }

  update(urn: string, id: string, news: Props): Props {
    const type = typeOf(urn);
    this.world.record(`update ${type} ${id}`);
    if (this.read(urn, id) === undefined) throw new Error(`updating ${type} (${id}): NotFoundException`);
    const outputs = outputsOf({ type, name: id, inputs: news }, this.types.resource(type)?.outputs ?? new Map());
    this.world.put(this.sdk, `${type} ${id}`, { id, urn, inputs: news, outputs });
    return outputs;
  }

  delete(urn: string, id: string): void {
    this.world.record(`delete ${typeOf(urn)} ${id}`);
    this.world.remove(this.sdk, `${typeOf(urn)} ${id}`);
  }
}

/** Objects of a custom resource definition have no types in the SDK: only their frame is looked at. */
function isCustom(news: Props): boolean {
  return typeof news.apiVersion === "string" && typeof news.kind === "string" && news.apiVersion.includes(".");
}

function customFailures(news: Props): readonly Failure[] {
  return isRecord(news.metadata) && nameIn(news) !== undefined
    ? []
    : [{ property: "metadata.name", reason: "is missing" }];
}

function nameIn({ metadata }: Props): unknown {
  return isRecord(metadata) ? [metadata.namespace, metadata.name] : undefined;
}

/** A provider's own configuration reaches it as text. */
function parsedTexts(props: Props): Props {
  return Object.fromEntries(
    Object.entries(props).map(([key, value]) => {
      if (typeof value !== "string" || !/^[[{]|^(true|false)$/.test(value)) return [key, value];
      return [key, JSON.parse(value)];
    }),
  );
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** `urn:pulumi:<stack>::<project>::<parent type>$<type>::<name>` */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
