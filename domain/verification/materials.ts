import type { Material, Provenance } from "../provenance/schema.js";

/** What a material of provenance is, as far as its address tells. */
export type MaterialSource =
  | { readonly kind: "image"; readonly repository: string; readonly digest: string }
  | { readonly kind: "source" | "external"; readonly reference: string; readonly digest: string };

/** All materials, each once: platforms name the same image under addresses of their own. */
export function materialsOf(provenances: readonly Provenance[]): readonly MaterialSource[] {
  const sources = provenances.flatMap(({ buildDefinition }) => buildDefinition.resolvedDependencies.map(sourceOf));
  return [...new Map(sources.map((source) => [referenceOf(source), source])).values()];
}

/** `repository@sha256:...`, or an address. */
export function referenceOf(source: MaterialSource): string {
  return source.kind === "image" ? `${source.repository}@${source.digest}` : source.reference;
}

/** BuildKit names images by package URLs: `pkg:docker/127.0.0.1%3A5000/python?digest=sha256:...&platform=linux%2Famd64`. */
function sourceOf({ uri, digest }: Material): MaterialSource {
  const name = /^pkg:docker\/([^?@#]+)/.exec(uri)?.[1];
  if (name !== undefined && digest.sha256 !== undefined) {
    return { kind: "image", repository: decodeURIComponent(name), digest: `sha256:${digest.sha256}` };
  }
  if (digest.gitCommit !== undefined) return { kind: "source", reference: uri, digest: digest.gitCommit };
  const [algorithm = "", value = ""] = Object.entries(digest)[0] ?? [];
  return { kind: "external", reference: uri, digest: value === "" ? "" : `${algorithm}:${value}` };
}
