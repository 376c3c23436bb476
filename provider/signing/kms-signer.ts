import { createHash, createPublicKey } from "node:crypto";
import { ProblemsError } from "../../domain/problems.js";
import { parseKmsReference } from "./kms-reference.js";
import { isP256, keyId, toPem } from "./public-key.js";
import type { Signer } from "./signer.js";

/**
 * Signs with a key of AWS KMS. Region and credentials are found as by every AWS client; the private key never leaves KMS.
 *
 * @param reference `awskms://[endpoint]/<alias, id or ARN>`
 * @throws ProblemsError
 */
export async function openKmsKey(reference: string): Promise<Signer> {
  const parsed = parseKmsReference(reference);
  if (parsed === undefined) {
    const message = "this names no key of AWS KMS.";
    throw kmsProblem(reference, message, "Write awskms:///alias/NAME, awskms:///KEY-ID or awskms:///ARN.");
  }
  // Loaded when a stack signs with it: it takes longer than everything else at the provider's start.
  const { GetPublicKeyCommand, KMSClient, SignCommand } = await import("@aws-sdk/client-kms");
  const { endpoint, keyId: KeyId, region } = parsed;
  const client = new KMSClient({
    ...(endpoint === undefined ? {} : { endpoint: `https://${endpoint}` }),
    ...(region === undefined ? {} : { region }),
  });
  const send = async <T>(doing: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      signal?.throwIfAborted();
      const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw kmsProblem(reference, `${doing} failed (${words}).`, remedyFor(words));
    }
  };
  const { PublicKey } = await send("reading the public key", () => client.send(new GetPublicKeyCommand({ KeyId })));
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
  if (!isP256(publicKey)) {
    const message = `this is a key of type ${publicKey.asymmetricKeyType}; ECDSA on P-256 signs here.`;
    throw kmsProblem(reference, message, "Make one with the key spec ECC_NIST_P256 and the usage SIGN_VERIFY.");
  }
  return {
    keyId: keyId(publicKey),
    publicKeyPem: toPem(publicKey),
    async sign(bytes, signal) {
      const Message = createHash("sha256").update(bytes).digest();
      const command = { KeyId, Message, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" } as const;
      const options = signal === undefined ? {} : { abortSignal: signal };
      const { Signature } = await send("signing", () => client.send(new SignCommand(command), options), signal);
      return Buffer.from(Signature ?? []);
    },
  };
}

function remedyFor(words: string): string {
  if (/NotFound/.test(words)) return "Correct the name, the account or the region.";
  if (/AccessDenied|Credentials|Token|Signature/.test(words)) {
    return "Log in to AWS as somebody who may use it: kms:GetPublicKey and kms:Sign are needed.";
  }
  if (/Region/.test(words)) return "Set AWS_REGION, or name the key by its ARN.";
  return "Check that KMS can be reached and run the command again.";
}

function kmsProblem(reference: string, message: string, remedy: string): ProblemsError {
  return new ProblemsError("the signing key", [{ place: { file: reference }, message, remedy }]);
}
