import { predicateTypes } from "../../domain/evidence/predicates.js";
import type { AttestedStatement } from "../../domain/verification/types.js";
import { readStoredStatements } from "../evidence/stored-statements.js";
import { labelIn } from "../registry/bundle-manifest.js";
import type { RegistryClient } from "../registry/client.js";
import { listReferrers } from "../registry/referrers.js";

/** A scan may have been replaced by a rescan, which is as good. */
export function isThere(
  { subject, predicateType, digest }: AttestedStatement,
  there: readonly AttestedStatement[],
): boolean {
  const isScan = predicateType === predicateTypes.scan;
  return there.some((it) => {
    return it.digest === digest || (isScan && it.subject === subject && it.predicateType === predicateType);
  });
}

/** What is attached to each of these subjects, by subject and digest; a subject that is named twice counts once. */
export async function attestationsOf(
  client: RegistryClient,
  repository: string,
  subjects: readonly string[],
  signal: AbortSignal,
): Promise<readonly AttestedStatement[]> {
  // An image of one platform is its platform's manifest itself.
  const lists = [...new Set(subjects)].map(async (subject) => {
    const listed = await listReferrers(client, repository, subject, signal);
    // A list outlives what it names.
    const found = await Promise.all(listed.map(({ digest }) => client.headManifest(repository, digest, signal)));
    return listed
      .filter((_, index) => found[index] !== undefined)
      .map(({ annotations = {}, digest }) => ({
        subject,
        predicateType: labelIn(annotations)?.predicateType ?? "",
        digest,
      }))
      .sort((left, right) => (left.digest < right.digest ? -1 : 1));
  });
  return (await Promise.all(lists)).flat();
}

/**
 * Those statements that are attached no more. One that another of its kind took the place of counts as there, if one of the
 * keys has signed that: of two runs at once on one digest, one replaces what the other attached.
 *
 * @param there what is attached to their subjects in `repository`
 * @param keys public keys (PEM)
 */
export async function missingOf(
  client: RegistryClient,
  repository: string,
  statements: readonly AttestedStatement[],
  there: readonly AttestedStatement[],
  keys: readonly string[],
  signal: AbortSignal,
): Promise<readonly AttestedStatement[]> {
  const gone = statements.filter((statement) => !isThere(statement, there));
  const found = gone.map(async ({ subject, predicateType }) => {
    const stored = await readStoredStatements(client, repository, subject, keys, signal);
    return stored.some(({ kind }) => predicateTypes[kind] === predicateType);
  });
  const replaced = await Promise.all(found);
  return gone.filter((_, index) => replaced[index] !== true);
}
