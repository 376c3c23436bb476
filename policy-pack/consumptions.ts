import type { Consumption } from "../domain/policy/consumption.js";
import { known } from "./known.js";

/** Of `factory:release:Release`; naming it here keeps the SDK of Pulumi out of the pack. */
const RELEASE = "factory:release:Release";

/** Of `factory:promotion:PromotedImage`. */
export const PROMOTED_IMAGE = "factory:promotion:PromotedImage";

const containerLists = new Set(["containers", "initContainers", "ephemeralContainers"]);

/**
 * The images that a resource would consume, as far as they are known: of a release, of anything on Kubernetes that holds
 * containers or image volumes, wherever in it they stand, and of Kargo's freight.
 *
 * @param props inputs or outputs as a policy sees them: touching an unknown value throws
 */
export function consumptionsOf(type: string, props: Readonly<Record<string, unknown>>): readonly Consumption[] {
  if (type === RELEASE) return released(props);
  if (type === PROMOTED_IMAGE) return promoted(props);
  if (!type.startsWith("kubernetes:")) return [];
  return /^kubernetes:kargo\.akuity\.io\/[^:]*:Freight$/.test(type) ? freight(props) : [...workload(props, "")];
}

/** What a release takes out of quarantine. */
function released(props: Readonly<Record<string, unknown>>): readonly Consumption[] {
  const [registry, name, digest] = ["registry", "name", "digest"].map((key) => known(() => props[key]));
  if (registry === undefined || name === undefined || digest === undefined) return [];
  return [{ kind: "release", at: "digest", image: `${registry}/candidate/${name}@${digest}` }];
}

/** What a promotion takes from the registry that it comes from. */
function promoted(props: Readonly<Record<string, unknown>>): readonly Consumption[] {
  const [source, digest] = ["source", "digest"].map((key) => known(() => props[key]));
  if (source === undefined || digest === undefined) return [];
  return [{ kind: "promotion", at: "digest", image: `${source}@${digest}` }];
}

function freight(props: Readonly<Record<string, unknown>>): readonly Consumption[] {
  return elements(known(() => props.images)).flatMap((each, index) => {
    const [repository, digest, tag] = ["repoURL", "digest", "tag"].map((key) => textAt(each, key));
    if (repository === undefined) return [];
    const version = digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`;
    return [{ kind: "promotion", at: `images[${index}]`, image: `${repository}${version}` }];
  });
}

function* workload(value: unknown, path: string): Generator<Consumption> {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    const child = known(() => (value as Readonly<Record<string, unknown>>)[key]);
    const at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    if (containerLists.has(key)) {
      for (const [index, container] of elements(child).entries()) {
        const image = textAt(container, "image");
        if (image !== undefined) yield { kind: "workload", at: `${at}[${index}].image`, image };
      }
    } else if (key === "volumes") {
      for (const [index, volume] of elements(child).entries()) {
        const image = textAt(
          known(() => (volume as { readonly image?: unknown } | null)?.image),
          "reference",
        );
        if (image !== undefined) yield { kind: "workload", at: `${at}[${index}].image.reference`, image };
      }
    }
    yield* workload(child, at);
  }
}

/** The elements of a list that are known, each in its place. */
function elements(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? [...list.keys()].map((index) => known(() => list[index])) : [];
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found = known(() => (value as Readonly<Record<string, unknown>>)[key]);
  return typeof found === "string" && found !== "" ? found : undefined;
}
