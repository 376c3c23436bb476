import type { Check, Verification } from "./types.js";

/** Why an image may not be consumed, as one text: a line for each failure with its remedy below. */
export function formatRefusal({ repository, digest, checks }: Verification): string {
  const failed = checks.filter(({ failures }) => failures.length > 0);
  const lines = [
    `${repository}@${digest} may not be consumed: ${failed.length} of ${checks.length} checks failed.`,
    ...failed.flatMap((check) =>
      check.failures.flatMap(({ finding, remedy }) => [` - ${nameOfCheck(check)}: ${finding}`, `   ${remedy}`]),
    ),
  ];
  return lines.join("\n");
}

/** `signature`, `linux/arm64 sbom`. */
export function nameOfCheck({ subject, platform }: Check): string {
  return platform === undefined ? subject : `${platform} ${subject}`;
}
