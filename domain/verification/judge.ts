import type { PredicateKind } from "../evidence/predicates.js";
import { absence, statementsOf } from "./attachments.js";
import type { Attachments, Check, FoundImage, SignedStatement, VerificationFailure } from "./types.js";

/** What one statement comes to: a few words, or why it is not enough. */
export interface Judgement {
  readonly detail: string;
  readonly failures: readonly VerificationFailure[];
}

/** What is looked at together: an index, or one of its platforms. */
export interface Subject {
  readonly digest: string;
  /** Absent for the index. */
  readonly platform?: string;
}

export type NonEmpty<T> = readonly [T, ...T[]];

/** Checks that statements of a kind are there, and what they say. */
export function checkKind(
  kind: PredicateKind,
  { digest, platform }: Subject,
  { attachments, keys }: Pick<FoundImage, "attachments" | "keys">,
  judge: (statements: NonEmpty<SignedStatement>) => Judgement,
): Check {
  const attached = attachments.get(digest) ?? nothing;
  const [first, ...others] = statementsOf(kind, attached);
  const { detail, failures } =
    first === undefined ? { detail: "", failures: [absence(kind, attached, keys)] } : judge([first, ...others]);
  const passed = failures.length === 0;
  return {
    subject: kind,
    digest,
    ...(platform === undefined ? {} : { platform }),
    detail: passed ? detail : "",
    failures,
  };
}

const nothing: Attachments = { statements: [], rejected: [] };

/** One statement that is enough makes up for others, say of an older build with the same digest. */
export function bestOf(statements: NonEmpty<SignedStatement>, judge: (predicate: unknown) => Judgement): Judgement {
  const judgements = statements.map(({ statement }) => judge(statement.predicate));
  return judgements.find(({ failures }) => failures.length === 0) ?? (judgements[0] as Judgement);
}
