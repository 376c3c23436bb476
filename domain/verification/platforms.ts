import { predicateTypes } from "../evidence/predicates.js";
import { failure, rebuild } from "./failure.js";
import type { Check, FoundImage, VerificationFailure, VerificationPolicy } from "./types.js";

/**
 * Whether the digest holds the declared platforms, all of them and no other. An image of one platform may be a manifest
 * without an index: then the manifest itself was signed.
 */
export function checkPlatforms(found: FoundImage, { platforms: declared }: VerificationPolicy): Check {
  const { digest, platforms } = found;
  const held = platforms.map(({ platform }) => platform).sort();
  const failures: VerificationFailure[] = [];
  if (!isWhole(found)) {
    const finding = `it is the manifest of one platform (${held.join(", ")}); required is the digest of the index, which is what was signed.`;
    failures.push(
      failure("single-platform", finding, "Take the digest that `factory verify` or the stack's outputs name."),
    );
  } else if (declared !== undefined && held.join() !== [...declared].sort().join()) {
    const finding = `it holds ${held.join(", ") || "no platform"}; required: ${declared.join(", ")}, all of them and no other.`;
    failures.push(failure("platforms", finding, rebuild));
  } else if (held.length === 0) {
    failures.push(failure("platforms", "the index holds no image of any platform.", rebuild));
  }
  return { subject: "platforms", digest, detail: failures.length === 0 ? held.join(", ") : "", failures };
}

/** False for a digest that is one platform's manifest out of an index. */
export function isWhole({ attachments, digest, isIndex }: FoundImage): boolean {
  const { statements } = attachments.get(digest) ?? { statements: [] };
  return isIndex || statements.some(({ statement }) => statement.predicateType === predicateTypes.signature);
}
