import { ProblemsError } from "../../domain/problems.js";
import { type KeyPlace, openKeyFile } from "./file-signer.js";
import { openKmsKey } from "./kms-signer.js";
import type { Signer } from "./signer.js";

/**
 * The signer that `factory:signingKey` names: a key file, or a key of AWS KMS (`awskms://`).
 *
 * @throws ProblemsError that says what is wrong with the key or its password
 */
export async function openSigner(reference: string, place: KeyPlace): Promise<Signer> {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(reference) ?? [];
  if (scheme === undefined) return openKeyFile(reference, place);
  if (scheme === "awskms") return openKmsKey(reference);
  const message = `"${scheme}://" is not known here; a file and awskms:// are.`;
  const remedy = "Name a key file relative to the project's root, or a key of AWS KMS.";
  throw new ProblemsError("the signing key", [{ place: { file: reference }, message, remedy }]);
}
