import { createHash } from "node:crypto";
import type { Platform } from "../catalogue/types.js";

/**
 * A name for what all platforms hold: equal where an index was only written anew, with other annotations or attestations.
 *
 * @param only the one platform that counts, where others do not
 */
export function contentsOfPlatforms(
  platforms: readonly { readonly platform: Platform; readonly digest: string }[],
  only?: Platform,
): string {
  const lines = platforms
    .filter(({ platform }) => only === undefined || platform === only)
    .map(({ platform, digest }) => `${platform} ${digest}`);
  return `sha256:${createHash("sha256").update(lines.sort().join("\n")).digest("hex")}`;
}
