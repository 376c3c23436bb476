import { originOf, provenancesIn } from "../../domain/verification/provenance.js";
import { type DigestReference, registryOf } from "../../domain/verification/reference.js";
import type {
  Attachments,
  ChainLink,
  FoundImage,
  Verification,
  VerificationPolicy,
} from "../../domain/verification/types.js";
import { verifyFound } from "../../domain/verification/verify.js";
import { RegistryClient } from "../registry/client.js";
import { readPlatforms } from "../registry/platforms.js";
import { keyId, parsePublicKey } from "../signing/public-key.js";
import { readAttachments } from "./read-attachments.js";
import { ChainReader } from "./read-chain.js";

export interface VerifierOptions {
  /** Host with port. */
  readonly registry: string;
  /** Plain HTTP. Default: to loopback addresses only. */
  readonly insecure?: boolean;
  /** Public keys that count, PEM. */
  readonly keys: readonly string[];
  /** Whether what images were made from is followed. Default true; without it only what is attached is judged. */
  readonly chain?: boolean;
}

/**
 * Verifies images of one registry against the same keys. What images stand on is read once, so that a fleet costs little
 * more than its own attachments.
 */
export class Verifier {
  private readonly client: RegistryClient;
  private readonly chains = new Map<string, ChainReader>();

  constructor(private readonly options: VerifierOptions) {
    this.client = new RegistryClient(options.registry, options.insecure);
  }

  /** @throws RegistryError where the registry cannot be read, or has no such digest */
  async verify(
    { repository, digest }: DigestReference,
    policy: VerificationPolicy,
    signal?: AbortSignal,
  ): Promise<Verification> {
    const found = await this.read(repository, digest, signal);
    const chain = this.options.chain === false ? undefined : await this.chainOf(found, signal);
    return verifyFound({ ...found, ...(chain === undefined ? {} : { chain }) }, policy, Date.now());
  }

  private async read(repository: string, digest: string, signal: AbortSignal | undefined): Promise<FoundImage> {
    const { client, options } = this;
    const attached = (subject: string) => readAttachments(client, repository, subject, options.keys, signal);
    const [platforms, ownAttachments] = await Promise.all([
      readPlatforms(client, repository, digest, signal),
      attached(digest),
    ]);
    const isIndex = platforms.every((each) => each.digest !== digest);
    const others = isIndex ? platforms.map((each) => each.digest) : [];
    const read = await Promise.all(
      others.map(async (each): Promise<[string, Attachments]> => [each, await attached(each)]),
    );
    return {
      repository,
      digest,
      isIndex,
      platforms,
      attachments: new Map([[digest, ownAttachments], ...read]),
      keys: options.keys.flatMap((pem) => parsePublicKey(pem) ?? []).map(keyId),
    };
  }

  /** Undefined where no provenance counts: that is told already. */
  private async chainOf(found: FoundImage, signal: AbortSignal | undefined): Promise<ChainLink | undefined> {
    const { repository, digest, platforms, attachments } = found;
    const provenances = provenancesIn(attachments.get(digest) ?? { statements: [], rejected: [] });
    const [provenance] = provenances;
    if (provenance === undefined) return undefined;
    const { image } = provenance.buildDefinition.externalParameters;
    const reader = this.reader(registryOf(repository, image));
    return {
      kind: "image",
      reference: `${repository}@${digest}`,
      digest,
      manifests: platforms.map((each) => each.digest),
      origin: originOf(provenance),
      materials: await reader.materials(provenances, signal),
    };
  }

  private reader(registry: string): ChainReader {
    const known = this.chains.get(registry) ?? new ChainReader(this.client, registry, this.options.keys);
    this.chains.set(registry, known);
    return known;
  }
}
