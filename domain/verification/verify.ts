import { requiredPredicates } from "../evidence/predicates.js";
import type { PlatformManifest } from "../evidence/types.js";
import type { Provenance } from "../provenance/schema.js";
import { absence } from "./attachments.js";
import { checkChain, checkRecalls } from "./chain.js";
import { bestOf, checkKind, type Judgement, type NonEmpty } from "./judge.js";
import { checkPlatforms, isWhole } from "./platforms.js";
import { judgeJoined, judgeProvenance, originOf, provenanceIn, readProvenance } from "./provenance.js";
import { judgeJoinedSbom, judgeSbom } from "./sbom.js";
import { judgeScan } from "./scan.js";
import { judgeTests } from "./tests.js";
import type {
  Attachments,
  AttestedStatement,
  Check,
  FoundImage,
  SignedStatement,
  Verification,
  VerificationPolicy,
} from "./types.js";

/**
 * Holds all that was read of an image against a policy, and finds every problem at once. Only where nothing at all is
 * attached, or the digest is no index, that alone is said.
 *
 * @param now milliseconds since 1970
 */
export function verifyFound(found: FoundImage, policy: VerificationPolicy, now: number): Verification {
  const { repository, digest, platforms, chain } = found;
  const provenance = provenanceIn(attachedTo(found, digest));
  return {
    repository,
    digest,
    platforms,
    checks: checksOf(found, policy, now),
    attested: attestedIn(found),
    ...(provenance === undefined ? {} : { origin: originOf(provenance) }),
    ...(chain === undefined ? {} : { chain }),
  };
}

function attestedIn({ attachments }: FoundImage): readonly AttestedStatement[] {
  return [...attachments].flatMap(([subject, { statements }]) =>
    statements
      .map(({ referrer, statement: { predicateType } }) => ({ subject, predicateType, digest: referrer }))
      .sort((left, right) => (left.digest < right.digest ? -1 : 1)),
  );
}

/** True where every check passed. */
export function isVerified({ checks }: Pick<Verification, "checks">): boolean {
  return checks.every(({ failures }) => failures.length === 0);
}

function checksOf(found: FoundImage, policy: VerificationPolicy, now: number): readonly Check[] {
  const { digest, isIndex, platforms, attachments, keys, chain } = found;
  const first = checkPlatforms(found, policy);
  if (!isWhole(found)) return [first];
  const isBare = [...attachments.values()].every(
    ({ statements, rejected }) => statements.length + rejected.length === 0,
  );
  if (isBare) {
    const failures = [absence("signature", attachedTo(found, digest), keys)];
    return [first, { subject: "signature", digest, detail: "", failures }];
  }
  return [
    first,
    ...requiredPredicates.index
      // Without an index there is nothing that joins platforms.
      .filter((kind) => isIndex || kind === "signature")
      .map((kind) => checkKind(kind, { digest }, found, indexJudges(found, policy)[kind])),
    ...platforms.flatMap((each) =>
      requiredPredicates.platform.map((kind) =>
        checkKind(kind, each, found, platformJudges(found, policy, now, each)[kind]),
      ),
    ),
    ...(chain === undefined ? [] : [checkChain(found, chain, policy)]),
    checkRecalls(found, policy),
  ];
}

type Judge = (statements: NonEmpty<SignedStatement>) => Judgement;

function indexJudges(
  found: FoundImage,
  policy: VerificationPolicy,
): Readonly<Record<(typeof requiredPredicates.index)[number], Judge>> {
  const { repository } = found;
  const platforms = found.platforms.map(({ platform }) => platform);
  return {
    signature: ([{ key }]) => ({ detail: `by ${key}`, failures: [] }),
    sbom: (statements) => bestOf(statements, (predicate) => judgeJoinedSbom(predicate, found)),
    provenance: (statements) =>
      bestOf(statements, (predicate) => {
        const { detail, failures } = judgeProvenance(predicate, { repository, platforms, policy });
        const { value } = readProvenance(predicate);
        const joined = value === undefined ? [] : judgeJoined(value, platformProvenances(found));
        return { detail, failures: [...failures, ...joined] };
      }),
  };
}

function platformJudges(
  found: FoundImage,
  policy: VerificationPolicy,
  now: number,
  { platform, digest }: PlatformManifest,
): Readonly<Record<(typeof requiredPredicates.platform)[number], Judge>> {
  const { repository } = found;
  const platforms = found.platforms.map((each) => each.platform);
  return {
    sbom: (statements) => bestOf(statements, (predicate) => judgeSbom(predicate, digest)),
    provenance: (statements) =>
      bestOf(statements, (predicate) => judgeProvenance(predicate, { repository, platforms, platform, policy })),
    scan: (statements) => judgeScan(statements, policy, now),
    tests: judgeTests,
  };
}

function platformProvenances(found: FoundImage): readonly Provenance[] {
  return found.platforms.flatMap(({ digest }) => provenanceIn(attachedTo(found, digest)) ?? []);
}

const nothing: Attachments = { statements: [], rejected: [] };

function attachedTo({ attachments }: FoundImage, digest: string): Attachments {
  return attachments.get(digest) ?? nothing;
}
