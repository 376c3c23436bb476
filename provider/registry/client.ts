import { isLoopback } from "../../domain/settings/loopback.js";
import { parseJson, parseManifest, requireDigest } from "./answers.js";
import type { Credentials } from "./credentials.js";
import { type Content, contentOf, type Descriptor, type Manifest, mediaTypes } from "./descriptor.js";
import type { Asked } from "./registry-error.js";
import { readBody, Transport, withRetries } from "./transport.js";

export interface ManifestContent extends Content {
  readonly manifest: Manifest;
}

const manifestTypes = [mediaTypes.index, mediaTypes.manifest, mediaTypes.dockerIndex, mediaTypes.dockerManifest];
/** Where the registry is that all call docker.io. */
const HUB = "registry-1.docker.io";
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
   * @param credentials default: docker's
   */
  constructor(registry: string, insecure: boolean = isLoopback(registry), credentials?: Credentials) {
    const [host = ""] = registry.split("/");
    this.host = host;
    this.transport = new Transport(
      `${insecure ? "http" : "https"}://${host === "docker.io" ? HUB : host}`,
      credentials,
    );
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
      const mediaType = response.headers.get("content-type");
      const size = response.headers.get("content-length");
      if (digest !== undefined && mediaType !== null && size !== null) return { mediaType, digest, size: Number(size) };
      return (await this.getManifest(repository, reference, signal)).descriptor;
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

  /** What is gone already, and what the registry does not let anybody delete, is left as it is. */
  async deleteManifest(repository: string, digest: string, signal?: AbortSignal): Promise<void> {
    const asked = { repository, what: manifestName(digest), action: "deleted" } as const;
    const expected = [202, 401, 403, 404, 405];
    const request = { ...this.manifest(asked, digest), method: "DELETE", expected } as const;
    await withRetries(() => this.finish(request, signal), signal);
  }

  async hasBlob(repository: string, digest: string, signal?: AbortSignal): Promise<boolean> {
    const asked = { repository, what: `the blob ${digest}`, action: "read" } as const;
    const request = { ...this.blob(asked, digest), method: "HEAD", expected: [200, 404] } as const;
    return (await withRetries(() => this.transport.send(request, signal), signal)).status === 200;
  }

  /** A blob as it comes: for layers. Whoever reads it finds out itself whether it was whole. */
  openBlob(repository: string, digest: string, signal?: AbortSignal): Promise<ReadableStream> {
    return withRetries(() => this.streamBlob(repository, digest, signal), signal);
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
    const scopes = scopesFor(asked, this.pathOf(repository));
    await withRetries(async () => {
      const started = await this.startUpload(asked, {}, scopes, signal);
      await this.upload(asked, started, { digest, body: bytes, headers: octets, scopes }, signal);
    }, signal);
  }

  /**
   * Mounts a blob of another repository of this registry; where the registry does not mount, or has no such blob, sends it
   * through this machine.
   *
   * @param from where it is read, of `source`
   */
  async copyBlob(
    from: string,
    to: string,
    { digest, size }: Descriptor,
    signal?: AbortSignal,
    { source = this, mountFrom = from }: BlobSource = {},
  ): Promise<void> {
    const asked = { repository: to, what: `the blob ${digest}`, action: "pushed" } as const;
    const mounted = this.isOurs(mountFrom) ? this.pathOf(mountFrom) : undefined;
    // For all of it: a stream cannot be sent again with another token.
    const scopes = [...scopesFor(asked, this.pathOf(to)), ...(mounted === undefined ? [] : pull(mounted))];
    const mount: Record<string, string> = mounted === undefined ? {} : { mount: digest, from: mounted };
    await withRetries(async () => {
      const started = await this.startUpload(asked, mount, scopes, signal);
      if (started.status === 201) return;
      const body = await source.streamBlob(from, digest, signal);
      // The length is known, and some registries take no chunked body. They check the digest, so nothing is read twice.
      const headers = { ...octets, "content-length": String(size) };
      await this.upload(asked, started, { digest, body, headers, scopes }, signal);
    }, signal);
  }

  /** Sends a blob of another registry on as it is read; one that is there already is not read. The registry checks its digest. */
  async pipeBlob(
    repository: string,
    { digest, size }: Descriptor,
    open: () => Promise<ReadableStream>,
    signal?: AbortSignal,
  ): Promise<void> {
    if (await this.hasBlob(repository, digest, signal)) return;
    const asked = { repository, what: `the blob ${digest}`, action: "pushed" } as const;
    const scopes = scopesFor(asked, this.pathOf(repository));
    await withRetries(async () => {
      const started = await this.startUpload(asked, {}, scopes, signal);
      const headers = { ...octets, "content-length": String(size) };
      await this.upload(asked, started, { digest, body: await open(), headers, scopes }, signal);
    }, signal);
  }

  /** All tags of a repository; none where there is no such repository. */
  async listTags(repository: string, signal?: AbortSignal): Promise<readonly string[]> {
    const asked = { repository, what: "the tags", action: "read" } as const;
    const pages = await this.readPages(asked, `/v2/${this.pathOf(repository)}/tags/list`, [404], signal);
    return (
      (pages as readonly { tags?: readonly string[] | null }[] | undefined)?.flatMap(({ tags }) => tags ?? []) ?? []
    );
  }

  /**
   * What names a digest as its subject, by the referrers API.
   * @returns undefined where the registry has no such API, which it tells by 400 or 404
   */
  async getReferrers(
    repository: string,
    digest: string,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined> {
    const asked = { repository, what: `what refers to ${digest}`, action: "read" } as const;
    const url = `/v2/${this.pathOf(repository)}/referrers/${digest}`;
    const pages = await this.readPages(asked, url, [400, 404], signal);
    return (pages as readonly Manifest[] | undefined)?.flatMap(({ manifests }) => manifests ?? []);
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

  private async streamBlob(repository: string, digest: string, signal: AbortSignal | undefined) {
    const asked = { repository, what: `the blob ${digest}`, action: "read" } as const;
    const request = { ...this.blob(asked, digest), method: "GET", expected: [200] } as const;
    return (await this.transport.send(request, signal)).body ?? new ReadableStream();
  }

  private async startUpload(
    asked: Asked,
    query: Readonly<Record<string, string>>,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const url = `/v2/${this.pathOf(asked.repository)}/blobs/uploads/?${new URLSearchParams(query)}`;
    return this.finish({ asked, method: "POST", url, scopes, expected: [201, 202] }, signal);
  }

  private async upload(
    asked: Asked,
    started: Response,
    { digest, ...content }: Upload,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const url = new URL(started.headers.get("location") ?? "", started.url);
    url.searchParams.set("digest", digest);
    await this.finish({ asked, method: "PUT", url, ...content, expected: [201] }, signal);
  }

  /** Sends, and lets go of a body that nobody reads, so that the connection can be used again. */
  private async finish(request: Parameters<Transport["send"]>[0], signal: AbortSignal | undefined): Promise<Response> {
    const response = await this.transport.send(request, signal);
    await response.body?.cancel();
    return response;
  }

  /** The pages of a list, each named by the one before. @returns undefined where the answer is one of `none` */
  private async readPages(
    asked: Asked,
    first: string,
    none: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<readonly unknown[] | undefined> {
    const scopes = pull(this.pathOf(asked.repository));
    const pages: unknown[] = [];
    let url: string | URL | undefined = first;
    while (url !== undefined) {
      const request = { asked, method: "GET", url, scopes, expected: [200, ...none] } as const;
      const { response, bytes } = await withRetries(async () => {
        const answer: Response = await this.transport.send(request, signal);
        return { response: answer, bytes: await readBody(asked, answer, signal) };
      }, signal);
      if (response.status !== 200) return undefined;
      pages.push(parseJson(asked, bytes));
      const next = /<([^>]+)>;\s*rel="?next"?/.exec(response.headers.get("link") ?? "")?.[1];
      url = next === undefined ? undefined : new URL(next, response.url);
    }
    return pages;
  }

  private isOurs(repository: string): boolean {
    return repository.startsWith(`${this.host}/`);
  }

  private pathOf(repository: string): string {
    if (this.isOurs(repository)) return repository.slice(this.host.length + 1);
    throw new Error(`${repository} is not in the registry ${this.host}`);
  }
}

/** Where a blob may come from beside a repository of the same registry. */
interface BlobSource {
  /** Default: the same registry. */
  readonly source?: RegistryClient;
  /** A repository of the target's registry that has it. Default: where it is read, if that is there. */
  readonly mountFrom?: string;
}

interface Upload {
  readonly digest: string;
  readonly body: Uint8Array | ReadableStream;
  readonly headers: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
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
