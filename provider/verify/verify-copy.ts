import { checkLineage } from "../../domain/verification/chain.js";
import type { DigestReference } from "../../domain/verification/reference.js";
import type { Verification, VerificationPolicy } from "../../domain/verification/types.js";
import { RegistryClient } from "../registry/client.js";
import type { PromotedCopy } from "../sdk/verified-image.js";
import { findSummary } from "./find-summary.js";
import { Verifier, type VerifierOptions } from "./verifier.js";

export interface VerifiedCopy {
  readonly verification: Verification;
  /** Digests of all that it was made from. */
  readonly lineage: readonly string[];
}

export interface CopyRequest {
  readonly copy: PromotedCopy;
  /** Of the index. */
  readonly digest: string;
  /** Public keys (PEM) that have to have signed the evidence. */
  readonly keys: readonly string[];
  readonly policy: VerificationPolicy;
}

/**
 * Verifies a promoted image where it lies now: somebody of this stage vouched for it, its evidence is there, and nothing
 * that it was made from was recalled since. How old its scan is, and what that found, was asked when it was let in.
 *
 * @returns undefined where nobody vouches for it: it is not promoted yet
 */
export async function verifyCopy(
  { copy, digest, keys, policy }: CopyRequest,
  signal: AbortSignal,
): Promise<VerifiedCopy | undefined> {
  const { insecureRegistry: insecure, repository } = copy;
  const [registry = ""] = repository.split("/");
  const found = await findSummary(new RegistryClient(registry, insecure), { ...copy, digest }, signal);
  if (found === undefined) return undefined;
  const { maxScanAge: _age, maxDatabaseAge: _database, scan: _scan, ...asked } = policy;
  const options = { registry, insecure, keys: [...keys, ...copy.keys], chain: false };
  const reference: DigestReference = { repository, digest };
  const verification = await verifierOf(options).verify(reference, asked, signal);
  const { lineage } = found.summary;
  const checks = [...verification.checks, checkLineage(digest, lineage, policy.recalls)];
  return { verification: { ...verification, checks }, lineage };
}

/** One for each registry and set of keys: what images stand on is read once for all of them. */
const verifiers = new Map<string, Verifier>();

export function verifierOf(options: VerifierOptions): Verifier {
  const name = JSON.stringify(options);
  const verifier = verifiers.get(name) ?? new Verifier(options);
  verifiers.set(name, verifier);
  return verifier;
}
