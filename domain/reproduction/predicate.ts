import { z } from "zod";
import { predicateTypes } from "../evidence/predicates.js";
import type { PlatformManifest, Statement } from "../evidence/types.js";
import type { RecordedBuild } from "./recorded-build.js";

/**
 * Predicate of the kind `reproduced`: another builder made the same manifests from the recorded materials. It has no time in
 * it, so that to attest the same again writes nothing.
 */
export const reproducedSchema = z.strictObject({
  /** Who built it again. */
  builder: z.strictObject({ id: z.string(), version: z.record(z.string(), z.string()) }),
  source: z.strictObject({ repository: z.string(), revision: z.string() }),
  /** What it was built again from, and nothing else. */
  materials: z.array(z.strictObject({ uri: z.string(), digest: z.record(z.string(), z.string()) })),
  /** The manifests that came out, which are those of the subject. */
  platforms: z.array(z.strictObject({ platform: z.string(), digest: z.record(z.string(), z.string()) })),
});

export type Reproduced = z.output<typeof reproducedSchema>;

/** The statement that an index was reproduced. */
export function reproducedStatement(
  subject: {
    readonly name: string;
    readonly digest: string;
    readonly platforms: readonly Omit<PlatformManifest, "size">[];
  },
  build: RecordedBuild,
  builder: Reproduced["builder"],
): Statement {
  const predicate: Reproduced = {
    builder,
    source: { repository: build.source, revision: build.revision },
    materials: build.materials.map(({ repository, digest }) => ({ uri: repository, digest: digestSet(digest) })),
    platforms: subject.platforms.map(({ platform, digest }) => ({ platform, digest: digestSet(digest) })),
  };
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: subject.name, digest: digestSet(subject.digest) }],
    predicateType: predicateTypes.reproduced,
    predicate,
  };
}

/** `sha256:abc` as in-toto writes it. */
function digestSet(digest: string): Record<string, string> {
  const [algorithm = "", value = ""] = digest.split(":");
  return { [algorithm]: value };
}
