import type { Recall } from "../recall/types.js";
import type { ScanPolicy } from "../scan/judgement.js";
import type { PromotesSettings } from "../settings/promotes.js";
import type { Settings } from "../settings/types.js";
import type { VerificationPolicy } from "../verification/types.js";

/** The settings of a stack that builds nothing. */
export type PromotingSettings = Settings & { readonly promotes: PromotesSettings };

/** What a stack asks of what it lets in, beside keys and recalls: what a verification summary stands for. */
export interface PromotionPolicy {
  readonly builders: readonly string[];
  readonly sources: readonly string[];
  readonly development: boolean;
  /** Milliseconds. */
  readonly maxScanAge: number;
  readonly maxDatabaseAge: number;
  readonly scan: ScanPolicy;
}

export function promotionPolicyOf({ development, promotes, scan, source }: PromotingSettings): PromotionPolicy {
  const { failOn, maxAge, scanners, unfixed } = scan;
  return {
    builders: promotes.builders,
    sources: [source],
    development,
    maxScanAge: promotes.maxScanAge,
    maxDatabaseAge: maxAge,
    scan: { failOn, unfixed, scanners },
  };
}

/** The same as whoever verifies it asks. */
export function admissionOf(settings: PromotingSettings, recalls: readonly Recall[]): VerificationPolicy {
  return { ...promotionPolicyOf(settings), recalls };
}
