import type { Statement } from "../../domain/evidence/types.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import type { RegistryClient } from "../registry/client.js";
import { attest } from "../signing/attest.js";
import type { Signer } from "../signing/signer.js";

/**
 * Signs statements and attaches them: those about platforms first, those about the index last, the signature among them.
 * Whoever looks meanwhile never sees a signed index whose platforms are not proved.
 *
 * @param statements by the digest that they are about, the index last
 */
export async function publishEvidence(
  client: RegistryClient,
  repository: string,
  statements: ReadonlyMap<string, readonly Statement[]>,
  signer: Signer,
  signal: AbortSignal,
): Promise<readonly AttestedStatement[]> {
  const attested: AttestedStatement[] = [];
  for (const [subject, about] of statements) {
    const digests = await attest(client, { repository, subject, statements: about, signer }, signal);
    for (const [index, { predicateType }] of about.entries()) {
      attested.push({ subject, predicateType, digest: digests[index] ?? "" });
    }
  }
  return attested;
}
