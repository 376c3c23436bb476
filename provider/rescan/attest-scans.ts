import { predicateTypes } from "../../domain/evidence/predicates.js";
import type { RegistryClient } from "../registry/client.js";
import { attest } from "../signing/attest.js";
import type { Signer } from "../signing/signer.js";
import type { NewScan } from "./rescan.js";

/**
 * Attaches scans in place of the ones before: to the candidate first, since a later release copies what is there, and then
 * to what is released.
 */
export async function attestScans(
  client: RegistryClient,
  registry: string,
  scans: readonly NewScan[],
  signer: Signer,
  signal: AbortSignal,
): Promise<void> {
  for (const { image, subject, predicate } of scans) {
    for (const repository of [`${registry}/candidate/${image}`, `${registry}/${image}`]) {
      const statement = {
        _type: "https://in-toto.io/Statement/v1" as const,
        subject: [{ name: repository, digest: { sha256: subject.slice("sha256:".length) } }],
        predicateType: predicateTypes.scan,
        predicate,
      };
      // Quarantine may have been cleaned up; what is released counts.
      if ((await client.headManifest(repository, subject, signal)) === undefined) continue;
      await attest(client, { repository, subject, statements: [statement], signer }, signal);
    }
  }
}
