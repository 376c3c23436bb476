import { addReferrers } from "./add-referrers.js";
import type { RegistryClient } from "./client.js";
import type { Descriptor } from "./descriptor.js";
import { listReferrers } from "./referrers.js";
import { RegistryError } from "./registry-error.js";

export interface CopyRequest {
  /** `<registry>/<path>` */
  readonly from: string;
  /** `<registry>/<path>`, of the client's registry. */
  readonly to: string;
  /** The registry of `from`. Default: the client's. */
  readonly source?: RegistryClient;
  /** Of an index or a manifest. */
  readonly digest: string;
}

/** What was not there before. */
export interface Copied {
  /** Digests of indexes and manifests, referrers not among them. */
  readonly manifests: readonly string[];
  /** Digests of the manifests that refer to one of the image's. */
  readonly referrers: readonly string[];
}

/**
 * Copies an image with its platforms and with all that refers to the index or to a platform, without any tag. What is
 * there already is not written. Bundles of the source take the place of older ones of the same kind in the target.
 */
export async function copyImage(client: RegistryClient, request: CopyRequest, signal?: AbortSignal): Promise<Copied> {
  const { digest, from, source = client } = request;
  const copy = (it: string) => copyManifest(client, { ...request, digest: it }, signal);
  const top = await source.getManifest(from, digest, signal);
  const children = (top.manifest.manifests ?? []).map((child) => child.digest);
  const platforms = await Promise.all(children.map(copy));
  // The index after them: whoever sees it takes it for complete.
  const manifests = [...platforms.flat(), ...(await copy(digest))];
  const referrers = await Promise.all(
    [digest, ...children].map((subject) => copyReferrers(client, { ...request, digest: subject }, signal)),
  );
  return { manifests, referrers: referrers.flat() };
}

/** Moves a tag to a digest of the same repository; one that is there already is not written. @returns whether it was. */
export async function tag(
  client: RegistryClient,
  repository: string,
  digest: string,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  if ((await client.headManifest(repository, name, signal))?.digest === digest) return false;
  await client.putManifest(repository, await client.getManifest(repository, digest, signal), name, signal);
  return true;
}

async function copyReferrers(
  client: RegistryClient,
  request: CopyRequest,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { from, to, digest: subject, source = client } = request;
  const listed = await listReferrers(source, from, subject, signal);
  const copied = await Promise.all(listed.map(({ digest }) => copyIfThere(client, { ...request, digest }, signal)));
  const entries = listed.filter((_, index) => copied[index] !== undefined);
  await addReferrers(client, to, subject, entries, signal);
  return copied.flatMap((digests) => digests ?? []);
}

/** A list outlives what it names: undefined for what its source has no more. */
async function copyIfThere(
  client: RegistryClient,
  request: CopyRequest,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  try {
    return await copyManifest(client, request, signal);
  } catch (error) {
    const { source = client, from, digest } = request;
    const isGone = error instanceof RegistryError && error.notFound;
    if (isGone && (await source.headManifest(from, digest, signal)) === undefined) return undefined;
    throw error;
  }
}

/**
 * A manifest with its blobs.
 * @returns the digest, unless the target has it
 */
async function copyManifest(
  client: RegistryClient,
  request: CopyRequest,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { from, to, digest, source = client } = request;
  if ((await client.headManifest(to, digest, signal)) !== undefined) return [];
  const content = await source.getManifest(from, digest, signal);
  const { config, layers = [] } = content.manifest;
  const blobs = [...(config === undefined ? [] : [config]), ...layers];
  await Promise.all(blobs.map((blob) => copyBlob(client, request, blob, signal)));
  await client.putManifest(to, content, digest, signal);
  return [digest];
}

const SMALL_BYTES = 100_000;

/** Which repository of a registry (by host) got a blob in this process: from there it is mounted, and crosses the line once. */
const sent = new Map<string, Promise<string>>();

async function copyBlob(
  client: RegistryClient,
  { from, to, source = client }: CopyRequest,
  blob: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (source === client) return client.copyBlob(from, to, blob, signal);
  const name = `${client.host} ${blob.digest}`;
  // Somebody else may be sending it right now; where that fails, it is ours to send.
  const mountFrom = await sent.get(name)?.catch(() => undefined);
  if (mountFrom !== undefined) return client.copyBlob(from, to, blob, signal, { source, mountFrom });
  const sending = send();
  sent.set(name, sending);
  await sending.catch((error: unknown) => {
    if (sent.get(name) === sending) sent.delete(name);
    throw error;
  });

  async function send(): Promise<string> {
    // What an interrupted copy has left there is not sent again, unless sending costs no more than asking.
    const isThere = blob.size > SMALL_BYTES && (await client.hasBlob(to, blob.digest, signal));
    if (!isThere) await client.copyBlob(from, to, blob, signal, { source });
    return to;
  }
}
