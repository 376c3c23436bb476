import { isLoopback } from "../../domain/settings/parse.js";
import { type Content, contentOf, type Descriptor, digestOfBytes, type Manifest, mediaTypes } from "./descriptor.js";
import { type Asked, RegistryError } from "./registry-error.js";
import { readBody, Transport, withRetries } from "./transport.js";

export interface ManifestContent extends Content {
  readonly manifest: Manifest;
}

const manifestTypes = [mediaTypes.index, mediaTypes.manifest, mediaTypes.dockerIndex, mediaTypes.dockerManifest];
const octets = { "content-type": "application/octet-stream" };

/**
 * One registry, by the OCI distribution API. Repositories are named whole, `<registry>/<path>`, as everywhere in this
 * project; a reference is a tag or a digest. What is read is checked against its digest. Credentials are docker's.
 * Connection losses, 429 and 5xx are tried again: every request here can be repeated.
 *
 * All methods throw RegistryError, and the signal's reason when cancelled.
 */
export class RegistryClient {
  /** Host with port. */
  readonly host: string;
  private readonly transport: Transport;

  /**
   * @param registry host with port; a prefix of the repositories may follow, as in the settings
   * @param insecure speaks plain HTTP; default: to loopback addresses only
   */
  constructor(registry: string, insecure: boolean = isLoopback(registry)) {
    const [host = ""] = registry.split("/");
    this.host = host;
    this.transport = new Transport(`${insecure ? "http" : "https"}://${host}`);
  }

  /** The descriptor that a reference means now, or undefined where there is no such manifest. */
  async headManifest(repository: string, reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    const asked = { repository, what: manifestName(reference), action: "read" } as const;
    return withRetries(async () => {
      const response = await this.transport.send(
        { ...this.manifest(asked, reference), method: "HEAD", expected: [200, 404] },
        signal,
      );
      if (response.status === 404) return undefined;
      const digest = response.headers.get("docker-content-digest") ?? (isDigest(reference) ? reference : undefined);
      if (digest === undefined) return (await this.getManifest(repository, reference, signal)).descriptor;
      const mediaType = response.headers.get("content-type") ?? mediaTypes.manifest;
      return { mediaType, digest, size: Number(response.headers.get("content-length")) };
    }, signal);
  }

  async getManifest(repository: string, reference: string, signal?: AbortSignal): Promise<ManifestContent> {
    const asked = { repository, what: manifestName(reference), action: "read" } as const;
    return withRetries(async () => {
      const request = { ...this.manifest(asked, reference), method: "GET", expected: [200] } as const;
      const response = await this.transport.send(request, signal);
      const bytes = await readBody(asked, response, signal);
      const content = contentOf(response.headers.get("content-type") ?? mediaTypes.manifest, bytes);
      if (isDigest(reference)) requireDigest(asked, reference, bytes);
      return { ...content, manifest: parseManifest(asked, bytes) };
    }, signal);
  }

  /** Under its digest, or under a tag. */
  async putManifest(
    repository: string,
    { bytes, descriptor }: Content,
    reference: string = descriptor.digest,
    signal?: AbortSignal,
  ): Promise<void> {
    const asked = { repository, what: manifestName(reference), action: "pushed" } as const;
    const request = {
      ...this.manifest(asked, reference),
      method: "PUT",
      headers: { "content-type": descriptor.mediaType },
      body: bytes,
      expected: [201],
    } as const;
    await withRetries(() => this.finish(request, signal), signal);
  }

  /** @returns false where the registry allows no deletion. */
  async deleteManifest(repository: string, digest: string, signal?: AbortSignal): Promise<boolean> {
    const asked = { repository, what: manifestName(digest), action: "deleted" } as const;
    const request = { ...this.manifest(asked, digest), method: "DELETE", expected: [202, 403, 404, 405] } as const;
    return [202, 404].includes((await withRetries(() => this.finish(request, signal), signal)).status);
  }

  async hasBlob(repository: string, digest: string, signal?: AbortSignal): Promise<boolean> {
    const asked = { repository, what: `the blob ${digest}`, action: "read" } as const;
    const request = { ...this.blob(asked, digest), method: "HEAD", expected: [200, 404] } as const;
    return (await withRetries(() => this.transport.send(request, signal), signal)).status === 200;
  }

  /** The whole blob in memory: for configurations and bundles, not for layers. */
  async getBlob(repository: string, digest: string, signal?: AbortSignal): Promise<Buffer> {
    const asked = { repository, what: `the blob ${digest}`, action: "read" } as const;
    return withRetries(async () => {
      const request = { ...this.blob(asked, digest), method: "GET", expected: [200] } as const;
      const bytes = await readBody(asked, await this.transport.send(request, signal), signal);
      requireDigest(asked, digest, bytes);
      return bytes;
    }, signal);
  }

  /** A blob that is there already is not sent. */
  async putBlob(repository: string, { bytes, descriptor: { digest } }: Content, signal?: AbortSignal): Promise<void> {
    if (await this.hasBlob(repository, digest, signal)) return;
    const asked = { repository, what: `the blob ${digest}`, action: "pushed" } as const;
    await withRetries(async () => {
      const started = await this.startUpload(asked, {}, [], signal);
      await this.upload(asked, started, digest, bytes, octets, signal);
    }, signal);
  }

  /** Mounts a blob of another repository of this registry; where the registry does not mount, sends it through this machine. */
  async copyBlob(from: string, to: string, { digest, size }: Descriptor, signal?: AbortSignal): Promise<void> {
    const asked = { repository: to, what: `the blob ${digest}`, action: "pushed" } as const;
    await withRetries(async () => {
      const source = this.pathOf(from);
      const mount = { mount: digest, from: source };
      const started = await this.startUpload(asked, mount, [`repository:${source}:pull`], signal);
      if (started.status === 201) return;
      const read = { ...this.blob({ ...asked, repository: from, action: "read" }, digest), method: "GET" } as const;
      const { body } = await this.transport.send({ ...read, expected: [200] }, signal);
      // The length is known, and some registries take no chunked body. They check the digest, so nothing is read twice.
      const headers = { ...octets, "content-length": String(size) };
      await this.upload(asked, started, digest, body ?? new Uint8Array(), headers, signal);
    }, signal);
  }

  /** All tags of a repository; none where there is no such repository. */
  async listTags(repository: string, signal?: AbortSignal): Promise<readonly string[]> {
    const asked = { repository, what: "the tags", action: "read" } as const;
    const tags: string[] = [];
    let url: string | URL | undefined = `/v2/${this.pathOf(repository)}/tags/list`;
    while (url !== undefined) {
      const page: Page = await this.readPage(asked, url, signal);
      tags.push(...page.tags);
      url = page.next;
    }
    return tags;
  }

  /**
   * The index of what names a digest as its subject, by the referrers API.
   * @returns undefined where the registry has no such API.
   */
  async getReferrers(repository: string, digest: string, signal?: AbortSignal): Promise<Manifest | undefined> {
    const asked = { repository, what: `what refers to ${digest}`, action: "read" } as const;
    return withRetries(async () => {
      const path = this.pathOf(repository);
      const response = await this.transport.send(
        {
          asked,
          method: "GET",
          url: `/v2/${path}/referrers/${digest}`,
          scopes: pull(path),
          headers: { accept: mediaTypes.index },
          // 400 and 404 is what registries without it answer.
          expected: [200, 400, 404],
        },
        signal,
      );
      const bytes = await readBody(asked, response, signal);
      return response.status === 200 ? parseManifest(asked, bytes) : undefined;
    }, signal);
  }

  private manifest(asked: Asked, reference: string) {
    const path = this.pathOf(asked.repository);
    const headers = { accept: manifestTypes.join(", ") };
    return { asked, url: `/v2/${path}/manifests/${reference}`, scopes: scopesFor(asked, path), headers };
  }

  private blob(asked: Asked, digest: string) {
    const path = this.pathOf(asked.repository);
    return { asked, url: `/v2/${path}/blobs/${digest}`, scopes: scopesFor(asked, path) };
  }

  private async startUpload(
    asked: Asked,
    query: Readonly<Record<string, string>>,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const path = this.pathOf(asked.repository);
    const url = `/v2/${path}/blobs/uploads/?${new URLSearchParams(query)}`;
    const all = [...scopesFor(asked, path), ...scopes];
    return this.finish({ asked, method: "POST", url, scopes: all, expected: [201, 202] }, signal);
  }

  private async upload(
    asked: Asked,
    started: Response,
    digest: string,
    body: Uint8Array | ReadableStream,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const url = new URL(started.headers.get("location") ?? "", started.url);
    url.searchParams.set("digest", digest);
    const scopes = scopesFor(asked, this.pathOf(asked.repository));
    await this.finish({ asked, method: "PUT", url, scopes, headers, body, expected: [201] }, signal);
  }

  /** Sends, and lets go of a body that nobody reads, so that the connection can be used again. */
  private async finish(request: Parameters<Transport["send"]>[0], signal: AbortSignal | undefined): Promise<Response> {
    const response = await this.transport.send(request, signal);
    await response.body?.cancel();
    return response;
  }

  private async readPage(asked: Asked, url: string | URL, signal: AbortSignal | undefined): Promise<Page> {
    return withRetries(async () => {
      const scopes = pull(this.pathOf(asked.repository));
      const response = await this.transport.send({ asked, method: "GET", url, scopes, expected: [200, 404] }, signal);
      const bytes = await readBody(asked, response, signal);
      if (response.status === 404) return { tags: [], next: undefined };
      const { tags } = parseJson(asked, bytes) as { tags?: readonly string[] | null };
      const next = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
      return { tags: tags ?? [], next: next === undefined ? undefined : new URL(next, response.url) };
    }, signal);
  }

  private pathOf(repository: string): string {
    if (repository.startsWith(`${this.host}/`)) return repository.slice(this.host.length + 1);
    throw new Error(`${repository} is not in the registry ${this.host}`);
  }
}

interface Page {
  readonly tags: readonly string[];
  readonly next: URL | undefined;
}

function pull(path: string): readonly string[] {
  return [`repository:${path}:pull`];
}

function scopesFor({ action }: Asked, path: string): readonly string[] {
  if (action === "read") return pull(path);
  return [`repository:${path}:${action === "pushed" ? "pull,push" : "pull,push,delete"}`];
}

function manifestName(reference: string): string {
  return isDigest(reference) ? `the manifest ${reference}` : `the tag ${reference}`;
}

function isDigest(reference: string): boolean {
  return reference.startsWith("sha256:");
}

function requireDigest(asked: Asked, digest: string, bytes: Uint8Array): void {
  const found = digestOfBytes(bytes);
  if (found === digest) return;
  throw new RegistryError(asked, { came: `the registry gave other bytes, of ${found}`, passing: false });
}

function parseManifest(asked: Asked, bytes: Buffer): Manifest {
  const value = parseJson(asked, bytes);
  if (typeof value === "object" && value !== null && "schemaVersion" in value && value.schemaVersion === 2) {
    return value as Manifest;
  }
  throw new RegistryError(asked, { came: "the registry gave something else than a manifest", passing: false });
}

function parseJson(asked: Asked, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new RegistryError(asked, { came: "the registry gave something else than JSON", passing: false });
  }
}
