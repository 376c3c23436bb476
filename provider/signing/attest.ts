import type { Statement } from "../../domain/evidence/types.js";
import { attach } from "../registry/attach.js";
import { labelIn } from "../registry/bundle-manifest.js";
import type { RegistryClient } from "../registry/client.js";
import { isBundle, listReferrers, readBundleIfSound } from "../registry/referrers.js";
import { signStatement } from "./sign-statement.js";
import type { Signer } from "./signer.js";
import { BundleError, verifyBundle } from "./verify-bundle.js";

export interface AttestRequest {
  /** `<registry>/<path>`. */
  readonly repository: string;
  /** Digest of an index or manifest there; every statement is about it. */
  readonly subject: string;
  readonly statements: readonly Statement[];
  readonly signer: Signer;
}

/**
 * Signs statements and attaches them to their subject. A statement that this key has attached already, word for word, is
 * not signed again: signatures differ each time, and a repeated run is to write nothing.
 *
 * @returns digests of the manifests that attach them, in the order of `statements`
 */
export async function attest(
  client: RegistryClient,
  { repository, subject, statements, signer }: AttestRequest,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const attached = await readOwn(client, repository, subject, signer, signal);
  const bundles = await Promise.all(
    statements.map((statement) => attached.get(JSON.stringify(statement)) ?? signStatement(statement, signer, signal)),
  );
  return attach(client, repository, subject, bundles, signal);
}

/** This key's bundles that verify, by their statement. What is damaged or gone is made again. */
async function readOwn(
  client: RegistryClient,
  repository: string,
  subject: string,
  { keyId, publicKeyPem }: Signer,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await listReferrers(client, repository, subject, signal);
  const own = entries.filter((entry) => isBundle(entry) && labelIn(entry.annotations ?? {})?.key === keyId);
  const bundles = await Promise.all(own.map(({ digest }) => readBundleIfSound(client, repository, digest, signal)));
  const statements = new Map<string, Buffer>();
  for (const bytes of bundles) {
    const statement = bytes && verifiedStatement(bytes, publicKeyPem, subject);
    if (statement !== undefined) statements.set(JSON.stringify(statement), bytes as Buffer);
  }
  return statements;
}

function verifiedStatement(bytes: Buffer, publicKey: string, subject: string): Statement | undefined {
  try {
    return verifyBundle(bytes, [publicKey], subject);
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}
