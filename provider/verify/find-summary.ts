import { predicateTypes } from "../../domain/evidence/predicates.js";
import { readSummary, type VerificationSummary } from "../../domain/promotion/summary.js";
import type { RegistryClient } from "../registry/client.js";
import { readAttachments } from "./read-attachments.js";

export interface SummaryRequest {
  /** `<registry>/<path>` */
  readonly repository: string;
  /** Of the index. */
  readonly digest: string;
  /** Public keys (PEM) that count. */
  readonly keys: readonly string[];
  /** `verifier.id` */
  readonly verifier: string;
}

export interface FoundSummary {
  readonly summary: VerificationSummary;
  /** Of the manifest that attaches it. */
  readonly referrer: string;
}

/** The newest verification summary of a digest by this verifier that says it passed; undefined where there is none that counts. */
export async function findSummary(
  client: RegistryClient,
  { repository, digest, keys, verifier }: SummaryRequest,
  signal: AbortSignal,
): Promise<FoundSummary | undefined> {
  const { summary: type } = predicateTypes;
  const { statements } = await readAttachments(client, repository, digest, keys, signal, type);
  return statements
    .filter(({ statement }) => statement.predicateType === type)
    .flatMap(({ statement, referrer }) => {
      const summary = readSummary(statement.predicate, verifier);
      return summary?.resourceUri === `${repository}@${digest}` ? [{ summary, referrer }] : [];
    })
    .sort((left, right) => (left.summary.timeVerified < right.summary.timeVerified ? 1 : -1))[0];
}
