import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import draft7 from "ajv/dist/refs/json-schema-draft-07.json";
import { load } from "js-yaml";

type Json = Readonly<Record<string, unknown>>;

/** Kargo's and Argo's own schemas, from the folder that `KARGO_SCHEMAS` names. */
export class KargoSchemas {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false });
  private readonly documents = new Map<string, ValidateFunction>();
  private readonly subscriptions = new Map<string, ValidateFunction>();

  constructor(folder: string) {
    this.ajv.addMetaSchema(draft7);
    for (const file of [...filesIn(folder, "kargo/crds"), ...filesIn(folder, "argo-rollouts")]) {
      const { spec } = load(readFileSync(file, "utf8")) as CustomResource;
      for (const { name, schema } of spec.versions) {
        const key = `${spec.group}/${name} ${spec.names.kind}`;
        this.documents.set(key, this.ajv.compile(structural(schema.openAPIV3Schema) as Json));
      }
    }
    for (const file of filesIn(folder, "kargo/steps")) {
      this.ajv.addSchema(JSON.parse(readFileSync(file, "utf8")) as Json, baseName(file));
    }
    for (const file of filesIn(folder, "kargo/subscriptions")) {
      const kind = baseName(file).replace(/\.json$/, "");
      this.subscriptions.set(kind, this.ajv.compile(JSON.parse(readFileSync(file, "utf8")) as Json));
    }
  }

  /** Kinds that there is a schema for, as `group/version Kind`. */
  get kinds(): readonly string[] {
    return [...this.documents.keys()];
  }

  /** What is wrong with a document: by its CRD, and where that looks away, by the schemas of subscriptions and steps. */
  problemsOf(document: Json): readonly string[] {
    const validate = this.documents.get(`${document.apiVersion} ${document.kind}`);
    if (validate === undefined) return [`there is no schema for ${document.apiVersion} ${document.kind}`];
    const spec = (document.spec ?? {}) as {
      readonly subscriptions?: readonly Json[];
      readonly promotionTemplate?: { readonly spec: { readonly steps: readonly Step[] } };
    };
    return [
      ...said(validate, document),
      ...(spec.subscriptions ?? []).flatMap((each) => this.subscriptionProblems(each)),
      ...(spec.promotionTemplate?.spec.steps ?? []).flatMap((step) => this.stepProblems(step)),
    ];
  }

  private subscriptionProblems(subscription: Json): readonly string[] {
    return Object.entries(subscription).flatMap(([kind, config]) => {
      const validate = this.subscriptions.get(kind);
      return validate === undefined ? [`there are no subscriptions of kind ${kind}`] : said(validate, config);
    });
  }

  private stepProblems({ config, task, uses }: Step): readonly string[] {
    // The rule that the CRD has in CEL.
    if ((uses === undefined) === (task === undefined)) return ["a step must have exactly one of uses or task set"];
    if (uses === undefined) return [];
    const validate = this.ajv.getSchema(`${uses}-config.json`);
    return validate === undefined ? [`there is no step ${uses}`] : said(validate as ValidateFunction, config);
  }
}

interface Step {
  readonly uses?: string;
  readonly task?: unknown;
  readonly config?: unknown;
}

interface CustomResource {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Json } }[];
  };
}

/** A CRD's schema as JSON schema. A cluster drops what a CRD does not know, without a word; here it is an error. */
function structural(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(structural);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema);
  const copy = Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      key === "properties"
        ? Object.fromEntries(Object.entries(value as Json).map(([name, each]) => [name, structural(each)]))
        : structural(value),
    ]),
  );
  const isOpen = "x-kubernetes-preserve-unknown-fields" in schema || "additionalProperties" in schema;
  const properties = "properties" in schema ? (copy.properties as Json) : undefined;
  if (properties === undefined || isOpen) return copy;
  // Every object of Kubernetes has metadata that its CRD does not spell out.
  const metadata = "metadata" in properties ? { metadata: openMetadata(properties.metadata as Json) } : {};
  return { ...copy, properties: { ...properties, ...metadata }, additionalProperties: false };
}

function openMetadata(schema: Json): Json {
  return "properties" in schema ? schema : { type: "object" };
}

function said(validate: ValidateFunction, value: unknown): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath || "/"} ${message} ${JSON.stringify(params)}`;
  });
}

function filesIn(folder: string, sub: string): readonly string[] {
  return readdirSync(join(folder, sub))
    .sort()
    .map((name) => join(folder, sub, name));
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
