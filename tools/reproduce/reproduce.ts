import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import type { Provenance } from "../../domain/provenance/schema.js";
import { type RecordedBuild, recordedBuild } from "../../domain/reproduction/recorded-build.js";
import { absence } from "../../domain/verification/attachments.js";
import { provenanceIn } from "../../domain/verification/provenance.js";
import type { DigestReference } from "../../domain/verification/reference.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { readPlatforms } from "../../provider/registry/platforms.js";
import { keyId, parsePublicKey } from "../../provider/signing/public-key.js";
import { readAttachments } from "../../provider/verify/read-attachments.js";
import { compareImages, type PlatformComparison } from "./compare.js";
import { type RebuildOptions, withRebuilt } from "./rebuild.js";

export interface ReproduceOptions extends RebuildOptions {
  /** Of the registry that holds the release. */
  readonly client: RegistryClient;
  /** Public keys that count, PEM. */
  readonly keys: readonly string[];
}

/** A released image beside what its record gave when it was built again. */
export interface Reproduction {
  readonly released: DigestReference;
  readonly build: RecordedBuild;
  /** Digest of the index that was rebuilt. */
  readonly rebuilt: string;
  readonly platforms: readonly PlatformComparison[];
  /** Digests of images that the rebuild used although they are not recorded. */
  readonly unrecorded: readonly string[];
  /** Version of the BuildKit that built it again. */
  readonly buildkit: string;
}

/** Whether the same index came out, from the recorded materials and from nothing else. */
export function isMatch({ released, rebuilt, unrecorded }: Reproduction): boolean {
  return released.digest === rebuilt && unrecorded.length === 0;
}

/**
 * Builds a released image again, from what its signed provenance records and from nothing else, and compares the two.
 *
 * @throws ProblemsError for an image whose record does not count, or cannot be followed any more
 */
export async function reproduce(released: DigestReference, options: ReproduceOptions): Promise<Reproduction> {
  const { client, toolchain } = options;
  const build = await readRecord(released, options);
  return withRebuilt(build, options, async (rebuilt) => {
    const again = { client: new RegistryClient(rebuilt.repository), ...rebuilt };
    const crane = { crane: toolchain.program("crane"), insecure: options.insecure };
    const platforms = await compareImages({ client, ...released }, again, crane);
    const recorded = new Set(build.materials.map(({ digest }) => digest));
    const unrecorded = [...new Set(rebuilt.used)].filter((digest) => !recorded.has(digest));
    return { released, build, rebuilt: rebuilt.digest, platforms, unrecorded, buildkit: rebuilt.buildkit };
  });
}

/** What provenance that is signed with our keys says, of the index and of its first platform. */
async function readRecord(released: DigestReference, options: ReproduceOptions): Promise<RecordedBuild> {
  const file = `${released.repository}@${released.digest}`;
  const [first] = await readPlatforms(options.client, released.repository, released.digest);
  const [index, platform] = await Promise.all([
    readProvenance(released, released.digest, options),
    readProvenance(released, first?.digest ?? released.digest, options),
  ]);
  return valueOrThrow(file, recordedBuild(file, index, platform));
}

async function readProvenance(
  { repository }: DigestReference,
  digest: string,
  { client, keys }: ReproduceOptions,
): Promise<Provenance> {
  const attachments = await readAttachments(client, repository, digest, keys);
  const provenance = provenanceIn(attachments);
  if (provenance !== undefined) return provenance;
  const ids = keys.flatMap((pem) => parsePublicKey(pem) ?? []).map(keyId);
  const { finding, remedy } = absence("provenance", attachments, ids);
  throw new ProblemsError("the record of the build", [
    { place: { file: `${repository}@${digest}` }, message: finding, remedy },
  ]);
}
