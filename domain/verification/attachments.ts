import { type PredicateKind, predicateTypes } from "../evidence/predicates.js";
import { failure, rebuild } from "./failure.js";
import type {
  Attachments,
  RejectedAttachment,
  RejectionReason,
  SignedStatement,
  VerificationFailure,
} from "./types.js";

/** How each kind is called in a sentence. */
const kindNames: Readonly<Record<PredicateKind, string>> = {
  signature: "signature",
  sbom: "SBOM",
  provenance: "provenance",
  scan: "scan result",
  tests: "test result",
  summary: "verification summary",
  reproduced: "statement of a second builder",
};

const namesByType = new Map(
  Object.entries(predicateTypes).map(([kind, type]) => [type as string, kindNames[kind as PredicateKind]]),
);

/** The statements of one kind, in no order that means anything. */
export function statementsOf(kind: PredicateKind, { statements }: Attachments): readonly SignedStatement[] {
  return statements.filter(({ statement }) => statement.predicateType === predicateTypes[kind]);
}

/**
 * Why no statement of this kind counts.
 *
 * @param keys ids of those that do
 */
export function absence(
  kind: PredicateKind,
  { statements, rejected }: Attachments,
  keys: readonly string[],
): VerificationFailure {
  const name = kindNames[kind];
  const suspect = suspectFor(kind, rejected);
  if (suspect !== undefined) return rejection(name, suspect, keys);
  const others = [...new Set(statements.map(({ statement }) => nameOf(statement.predicateType)))].sort().join(", ");
  if (kind === "signature" && others !== "") {
    const finding = `there are attestations only (${others}); required is a signature of the image itself.`;
    return failure("attestation-only", finding, rebuild);
  }
  if (others !== "") {
    const finding = `there is no ${name}, only ${others}: it was removed, or never attached.`;
    return failure("missing-attestation", finding, rebuild);
  }
  const finding = `there is no ${name}: ${rejected.length === 0 ? "nothing is attached" : "nothing that is attached counts"}.`;
  return failure(kind === "signature" ? "unsigned" : "missing-attestation", finding, rebuild);
}

const reasons: readonly RejectionReason[] = ["damaged", "other-subject", "missing", "other-key"];

/** What says that it is of this kind, or cannot even say that; what tells most comes first. */
function suspectFor(kind: PredicateKind, rejected: readonly RejectedAttachment[]): RejectedAttachment | undefined {
  return rejected
    .filter(({ predicateType }) => predicateType === undefined || predicateType === predicateTypes[kind])
    .sort((left, right) => reasons.indexOf(left.reason) - reasons.indexOf(right.reason))[0];
}

function rejection(
  name: string,
  { reason, detail, referrer }: RejectedAttachment,
  keys: readonly string[],
): VerificationFailure {
  const finding = `the ${name} (attached by ${referrer}) does not count: ${detail}`;
  switch (reason) {
    case "other-key":
      return failure(
        reason,
        `${finding}; allowed: ${keys.join(", ")}.`,
        "Build it with the stack's own key. If the key was changed on purpose, list its public part in factory:verificationKeys.",
      );
    case "other-subject":
      return failure(reason, `${finding}.`, rebuild);
    case "damaged":
      return failure(
        reason,
        `${finding}.`,
        `Find out who can write to the registry: stored evidence was changed. ${rebuild}`,
      );
    case "missing":
      return failure(reason, `${finding}.`, rebuild);
  }
}

function nameOf(predicateType: string): string {
  return namesByType.get(predicateType) ?? predicateType;
}
