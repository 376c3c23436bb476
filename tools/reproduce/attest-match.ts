import { reproducedStatement } from "../../domain/reproduction/predicate.js";
import type { RegistryClient } from "../../provider/registry/client.js";
import { attest } from "../../provider/signing/attest.js";
import type { Signer } from "../../provider/signing/signer.js";
import { isMatch, type Reproduction } from "./reproduce.js";

export interface AttestMatchOptions {
  /** Of the registry that holds the release. */
  readonly client: RegistryClient;
  readonly signer: Signer;
  /** `builder.id` of who built it again. */
  readonly builderId: string;
}

/** Signs that an image was reproduced, and attaches that to its index. */
export async function attestMatch(
  reproduction: Reproduction,
  { client, signer, builderId }: AttestMatchOptions,
): Promise<void> {
  const { released, build, platforms, buildkit } = reproduction;
  if (!isMatch(reproduction)) throw new Error(`${released.digest} was not reproduced, so nothing can be attested`);
  const { repository, digest } = released;
  const manifests = platforms.map(({ platform, released: manifest = "" }) => ({ platform, digest: manifest }));
  const builder = { id: builderId, version: { buildkit } };
  const statement = reproducedStatement({ name: repository, digest, platforms: manifests }, build, builder);
  await attest(client, { repository, subject: digest, statements: [statement], signer });
}
