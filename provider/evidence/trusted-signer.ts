import { ProblemsError } from "../../domain/problems.js";
import { openSigner } from "../signing/open-signer.js";
import { keyId, parsePublicKey } from "../signing/public-key.js";
import type { Signer } from "../signing/signer.js";

/**
 * The signer that a stack names, if what it signs will count.
 *
 * @throws ProblemsError before anything is signed that nobody would accept
 */
export async function openTrustedSigner(
  signingKey: string,
  verificationKeys: readonly string[],
  root: string,
): Promise<Signer> {
  const signer = await openSigner(signingKey, { root });
  const trusted = verificationKeys.map(parsePublicKey).some((key) => key !== undefined && keyId(key) === signer.keyId);
  if (trusted) return signer;
  const message = "its public key is not among the verification keys: nobody would accept what it signs.";
  const remedy = "Name the file of its public key in factory:verificationKeys, or sign with a key of those.";
  throw new ProblemsError("the signing key", [{ place: { file: signingKey }, message, remedy }]);
}
