import { z } from "zod";

/**
 * The levels that a verification summary states. Provenance by a known builder shows level 1; nothing here shows more
 * (docs/supply-chain.md, "SLSA"), and a summary must not say what was not shown.
 */
export const verifiedLevels = ["SLSA_BUILD_LEVEL_1"] as const;

/** What the summaries of this factory hold (https://slsa.dev/spec/v1.2/verification_summary), and one field of our own. */
const summarySchema = z.looseObject({
  verifier: z.looseObject({ id: z.string() }),
  timeVerified: z.iso.datetime(),
  resourceUri: z.string(),
  policy: z.looseObject({ uri: z.string(), digest: z.record(z.string(), z.string()) }),
  inputAttestations: z.array(z.looseObject({ uri: z.string(), digest: z.record(z.string(), z.string()) })),
  verificationResult: z.enum(["PASSED", "FAILED"]),
  verifiedLevels: z.array(z.string()),
  slsaVersion: z.string(),
  /** Digests of all that it was made from, so that a later recall finds it when nobody can read its chain any more. */
  lineage: z.array(z.string()),
});

export type VerificationSummary = z.output<typeof summarySchema>;

export interface SummaryFacts {
  /** `verifier.id`. */
  readonly verifier: string;
  /** `<registry>/<path>@sha256:...`, where the image lies now. */
  readonly resourceUri: string;
  /** Where the policy is explained, and the sha256 (hex) over what it asked. */
  readonly policy: { readonly uri: string; readonly sha256: string };
  /** Digests of the manifests that attach what was looked at. */
  readonly attestations: readonly string[];
  readonly lineage: readonly string[];
}

/** @param now ISO 8601, UTC, seconds */
export function summaryOf(facts: SummaryFacts, now: string): VerificationSummary {
  const [repository = ""] = facts.resourceUri.split("@");
  return {
    verifier: { id: facts.verifier },
    timeVerified: now,
    resourceUri: facts.resourceUri,
    policy: { uri: facts.policy.uri, digest: { sha256: facts.policy.sha256 } },
    inputAttestations: [...facts.attestations]
      .sort()
      .map((digest) => ({ uri: `${repository}@${digest}`, digest: { sha256: digest.slice("sha256:".length) } })),
    verificationResult: "PASSED",
    verifiedLevels: [...verifiedLevels],
    slsaVersion: "1.2",
    lineage: [...facts.lineage].sort(),
  };
}

/** @returns undefined where it is no summary of ours by this verifier, or none of a pass */
export function readSummary(predicate: unknown, verifier: string): VerificationSummary | undefined {
  const { data } = summarySchema.safeParse(predicate);
  return data?.verifier.id === verifier && data.verificationResult === "PASSED" ? data : undefined;
}
