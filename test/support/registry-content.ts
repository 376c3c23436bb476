import { createHash } from "node:crypto";

interface Manifest {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
}

/** What a registry holds, by its own API. */
export interface RegistryContent {
  /** Digest by `repository:tag`. */
  readonly tags: ReadonlyMap<string, string>;
  /** `repository:tag lacks sha256:...` for each thing that a pull would miss, or get damaged. */
  readonly broken: readonly string[];
}

/** Reads every tag of a registry and all that a pull of it would read. */
export async function readRegistry(address: string): Promise<RegistryContent> {
  const root = `http://${address}/v2`;
  const { repositories } = await json<{ repositories: string[] }>(`${root}/_catalog?n=1000`);
  const tags = new Map<string, string>();
  const broken: string[] = [];
  for (const repository of repositories) {
    const list = await fetch(`${root}/${repository}/tags/list`);
    // A repository in which nothing is finished has no list.
    if (list.status === 404) continue;
    const { tags: names } = (await list.json()) as { tags: string[] | null };
    for (const name of names ?? []) {
      const tag = `${repository}:${name}`;
      const lacks = (digest: string) => broken.push(`${tag} lacks ${digest}`);
      tags.set(tag, await readImage(`${root}/${repository}`, name, lacks));
    }
  }
  return { tags, broken };
}

async function readImage(repository: string, reference: string, lacks: (digest: string) => void): Promise<string> {
  const types = ["oci.image.index", "oci.image.manifest"].map((name) => `application/vnd.${name}.v1+json`);
  const text = await get(`${repository}/manifests/${reference}`, { accept: types.join() });
  const digest = text === undefined ? "" : digestOf(text);
  if (text === undefined || (reference.startsWith("sha256:") && reference !== digest)) {
    lacks(reference);
    return digest;
  }
  const { config, layers = [], manifests = [] } = JSON.parse(text.toString()) as Manifest;
  for (const child of manifests) await readImage(repository, child.digest, lacks);
  for (const blob of [...(config === undefined ? [] : [config]), ...layers]) {
    const content = await get(`${repository}/blobs/${blob.digest}`);
    if (content === undefined || digestOf(content) !== blob.digest) lacks(blob.digest);
  }
  return digest;
}

async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer | undefined> {
  const answer = await fetch(url, { headers });
  return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
}

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return (await answer.json()) as T;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
