import { z } from "zod";

/** What we use of BuildKit's own SLSA v1 predicate; the rest is handed on unread. */
export const buildkitProvenanceSchema = z.object({
  buildDefinition: z.looseObject({
    resolvedDependencies: z
      .array(z.object({ uri: z.string(), digest: z.record(z.string(), z.string()).default({}) }))
      .nullish(),
  }),
  runDetails: z.object({
    metadata: z.object({
      invocationId: z.string(),
      startedOn: z.string(),
      finishedOn: z.string(),
      buildkit_completeness: z
        .object({ request: z.boolean().default(false), resolvedDependencies: z.boolean().default(false) })
        .prefault({}),
    }),
  }),
});

export type BuildkitProvenance = z.output<typeof buildkitProvenanceSchema>;
