import { type PredicateKind, predicateTypes } from "../../domain/evidence/predicates.js";
import type { Statement } from "../../domain/evidence/types.js";
import type { RegistryClient } from "../registry/client.js";
import { readBundles } from "../registry/referrers.js";
import { BundleError, verifyBundle } from "../signing/verify-bundle.js";

export interface StoredStatement {
  readonly kind: PredicateKind;
  readonly statement: Statement;
  /** Digest of the manifest that attaches it. */
  readonly referrer: string;
}

/** What is attached to one digest already and was signed by one of the keys. */
export type StoredStatements = readonly StoredStatement[];

/** What others attached, and what was tampered with, is as good as not there. */
export async function readStoredStatements(
  client: RegistryClient,
  repository: string,
  digest: string,
  publicKeys: readonly string[],
  signal: AbortSignal,
): Promise<StoredStatements> {
  const found: StoredStatement[] = [];
  for (const { bytes, digest: referrer } of await readBundles(client, repository, digest, signal)) {
    const statement = trusted(bytes, publicKeys, digest);
    if (statement === undefined) continue;
    const kind = kindOf(statement.predicateType);
    if (kind !== undefined) found.push({ kind, statement, referrer });
  }
  return found;
}

function trusted(bytes: Buffer, publicKeys: readonly string[], digest: string): Statement | undefined {
  try {
    return verifyBundle(bytes, publicKeys, digest);
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}

function kindOf(predicateType: string): PredicateKind | undefined {
  const kinds = Object.keys(predicateTypes) as PredicateKind[];
  return kinds.find((kind) => predicateTypes[kind] === predicateType);
}
