import { type Bundle, bundleFromJSON, isBundleWithDsseEnvelope, isBundleWithPublicKey } from "@sigstore/bundle";
import { toSignedEntity, VerificationError, Verifier } from "@sigstore/verify";
import { z } from "zod";
import type { Statement } from "../../domain/evidence/types.js";
import { keyId, parsePublicKey } from "./public-key.js";
import { payloadType } from "./sign-statement.js";

/** Why a bundle proves nothing: it is no signed statement, another key or no key signed it, or it speaks of something else. */
export type BundleFault = "unreadable" | "other-key" | "bad-signature" | "other-subject";

export class BundleError extends Error {
  override readonly name = "BundleError";

  constructor(
    readonly fault: BundleFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const statementSchema = z.object({
  // cosign writes v0.1, whose statements have the same shape.
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: z.array(z.object({ name: z.string().exactOptional(), digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string().min(1),
  predicate: z.unknown(),
});

/**
 * The statement of a bundle, if one of the keys signed it and it is about `subject`. Transparency log and timestamps are
 * not looked at: the keys are what is trusted.
 *
 * @param publicKeys as PEM
 * @param subject `sha256:<hex>`
 * @throws BundleError
 */
export function verifyBundle(bytes: Buffer, publicKeys: readonly string[], subject: string): Statement {
  const bundle = parseBundle(bytes);
  if (!isBundleWithDsseEnvelope(bundle)) throw new BundleError("unreadable", "the bundle holds no statement");
  verifySignature(bundle, publicKeys);
  const statement = parseStatement(bundle.content.dsseEnvelope);
  if (!isAbout(statement, subject)) {
    const found = statement.subject.map(({ digest }) => `sha256:${digest.sha256}`).join(", ");
    throw new BundleError("other-subject", `the statement is about ${found}, not about ${subject}`);
  }
  return statement;
}

function parseBundle(bytes: Buffer): Bundle {
  try {
    return bundleFromJSON(JSON.parse(bytes.toString()));
  } catch (cause) {
    throw new BundleError("unreadable", "this is no sigstore bundle", { cause });
  }
}

function verifySignature(bundle: Bundle, publicKeys: readonly string[]): void {
  if (!isBundleWithPublicKey(bundle)) throw new BundleError("other-key", "a certificate signed it, none of our keys");
  const { hint } = bundle.verificationMaterial.content.publicKey;
  const key = publicKeys.map(parsePublicKey).find((candidate) => candidate !== undefined && keyId(candidate) === hint);
  if (key === undefined) throw new BundleError("other-key", `the key ${hint} signed it, none of ours`);
  const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
  const trusted = { ...none, publicKey: () => ({ publicKey: key, validFor: () => true }) };
  const verifier = new Verifier(trusted, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  try {
    verifier.verify({ ...toSignedEntity(bundle), tlogEntries: [], timestamps: [] });
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    const message = `the signature by the key ${hint} does not fit: the statement was changed, or the key did not sign it`;
    throw new BundleError("bad-signature", message, { cause });
  }
}

function parseStatement(envelope: { readonly payloadType: string; readonly payload: Buffer }): Statement {
  try {
    if (envelope.payloadType !== payloadType) throw new Error(`its payload is of type ${envelope.payloadType}`);
    const statement = statementSchema.parse(JSON.parse(envelope.payload.toString()));
    return { ...statement, _type: "https://in-toto.io/Statement/v1" };
  } catch (cause) {
    throw new BundleError("unreadable", "what was signed is no in-toto statement", { cause });
  }
}

function isAbout({ subject }: Statement, digest: string): boolean {
  return subject.some((it) => `sha256:${it.digest.sha256}` === digest);
}
