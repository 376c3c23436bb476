import { createHash } from "node:crypto";

/** Everything that a build's digest depends on, the builder's own version left out: it is pinned, and a change of it rebuilds all. */
export interface BuildInputs {
  /** Text of the generated Dockerfile, the frontend pinned in it. */
  readonly dockerfile: string;
  readonly contextHash: string;
  readonly target: string | undefined;
  /** In the order of the index. */
  readonly platforms: readonly string[];
  /** `SOURCE_DATE_EPOCH` among them. */
  readonly args: Readonly<Record<string, string>>;
  /** The revision among them: an immutable tag `b-<buildId>` must never mean two digests. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ids only: a rotated secret is no other image. */
  readonly secrets: readonly string[];
  readonly network: "none" | "default";
  /** What each name in the Dockerfile means: the digest of a pin or a pool, the buildId of an image that we build. */
  readonly references: readonly (readonly [name: string, identity: string])[];
}

/** Changes whenever the encoding or what a build does with its inputs changes. */
const VERSION = "image-factory build 1";

/** sha256 (hex) over a canonical encoding, in which no order of properties counts. */
export function buildId(inputs: BuildInputs): string {
  const encoded = JSON.stringify([
    VERSION,
    inputs.dockerfile,
    inputs.contextHash,
    inputs.target ?? null,
    inputs.platforms,
    sortedEntries(inputs.args),
    sortedEntries(inputs.labels),
    [...inputs.secrets].sort(),
    inputs.network,
    [...inputs.references].sort(byKey),
  ]);
  return createHash("sha256").update(encoded).digest("hex");
}

function sortedEntries(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).sort(byKey);
}

function byKey([left]: readonly [string, string], [right]: readonly [string, string]): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
