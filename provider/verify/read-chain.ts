import type { Provenance } from "../../domain/provenance/schema.js";
import { absence } from "../../domain/verification/attachments.js";
import { linksOf } from "../../domain/verification/chain.js";
import { type MaterialSource, materialsOf, referenceOf } from "../../domain/verification/materials.js";
import { originOf, provenancesIn } from "../../domain/verification/provenance.js";
import type { ChainLink } from "../../domain/verification/types.js";
import { poolAnnotations } from "../pool/oci.js";
import type { RegistryClient } from "../registry/client.js";
import { RegistryError } from "../registry/registry-error.js";
import { keyId, parsePublicKey } from "../signing/public-key.js";
import { readAttachments } from "./read-attachments.js";

type ImageSource = Extract<MaterialSource, { kind: "image" }>;

/** Follows what images were made from through one registry, and reads each thing once however many stand on it. */
export class ChainReader {
  /** Ids of the keys. */
  private readonly keys: readonly string[];
  private readonly links = new Map<string, Promise<ChainLink>>();

  /**
   * @param registry host with port, and the prefix of all repositories, as in the settings
   * @param publicKeys PEM
   */
  constructor(
    private readonly client: RegistryClient,
    private readonly registry: string,
    private readonly publicKeys: readonly string[],
  ) {
    this.keys = publicKeys.flatMap((pem) => parsePublicKey(pem) ?? []).map(keyId);
  }

  /** What provenances name, and what that was made from, down to pools, commits and what others made. */
  materials(provenances: readonly Provenance[], signal?: AbortSignal): Promise<readonly ChainLink[]> {
    return Promise.all(materialsOf(provenances).map((source) => this.link(source, signal)));
  }

  private async link(source: MaterialSource, signal: AbortSignal | undefined): Promise<ChainLink> {
    const reference = referenceOf(source);
    const leaf = { reference, digest: source.digest, manifests: [], materials: [] } as const;
    if (source.kind !== "image") return { ...leaf, kind: source.kind };
    if (!source.repository.startsWith(`${this.registry}/`)) return { ...leaf, kind: "external" };
    const known = this.links.get(reference);
    if (known !== undefined) return known;
    const isPool = source.repository.startsWith(`${this.registry}/pool/`);
    const reading = isPool ? this.pool(source, signal) : this.image(source, signal);
    this.links.set(reference, reading);
    try {
      const link = await reading;
      // It may be proved by the time that somebody asks next.
      if (linksOf(link).some(({ gap }) => gap !== undefined)) this.links.delete(reference);
      return link;
    } catch (error) {
      this.links.delete(reference);
      throw error;
    }
  }

  /** Pools are what provenance says: nobody signs them, and their lock foretells their digest. */
  private async pool(source: ImageSource, signal: AbortSignal | undefined): Promise<ChainLink> {
    const index = await this.index(source, signal);
    const lock = index?.annotations?.[poolAnnotations.request];
    return { ...linkOf("pool", source), ...(lock === undefined ? {} : { lock }) };
  }

  private async image(source: ImageSource, signal: AbortSignal | undefined): Promise<ChainLink> {
    const link = linkOf("image", source);
    const { repository, digest } = source;
    const [index, attachments] = await Promise.all([
      this.index(source, signal),
      readAttachments(this.client, repository, digest, this.publicKeys, signal),
    ]);
    if (index === undefined) return { ...link, gap: "it is no longer in the registry." };
    const manifests = (index.manifests ?? []).map((each) => each.digest);
    const provenances = provenancesIn(attachments);
    const [provenance] = provenances;
    if (provenance === undefined)
      return { ...link, manifests, gap: absence("provenance", attachments, this.keys).finding };
    return { ...link, manifests, origin: originOf(provenance), materials: await this.materials(provenances, signal) };
  }

  private async index({ repository, digest }: ImageSource, signal: AbortSignal | undefined) {
    try {
      return (await this.client.getManifest(repository, digest, signal)).manifest;
    } catch (error) {
      if (error instanceof RegistryError && error.notFound) return undefined;
      throw error;
    }
  }
}

function linkOf(kind: ChainLink["kind"], source: ImageSource): ChainLink {
  return { kind, reference: referenceOf(source), digest: source.digest, manifests: [], materials: [] };
}
