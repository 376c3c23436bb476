import { parseImageName, repositoryName } from "../dockerfile/image-name.js";

/** `<registry>/<path>@sha256:...`: what an image is verified by, since all other names can move. */
export interface DigestReference {
  /** `<registry>/<path>`. */
  readonly repository: string;
  readonly digest: string;
}

/** Undefined for text that names no registry or no sha256 digest; a tag beside the digest means nothing. */
export function parseDigestReference(text: string): DigestReference | undefined {
  const name = parseImageName(text);
  if (name?.digest === undefined || !/^sha256:[0-9a-f]{64}$/.test(name.digest)) return undefined;
  return { repository: repositoryName(name), digest: name.digest };
}

/** The registry with its prefix, of a repository that an image of this id lies in: `<registry>/<id>` or `<registry>/candidate/<id>`. */
export function registryOf(repository: string, id: string): string {
  const parent = repository.endsWith(`/${id}`) ? repository.slice(0, -id.length - 1) : repository;
  return parent.endsWith("/candidate") ? parent.slice(0, -"/candidate".length) : parent;
}
