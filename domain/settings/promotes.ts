import { z } from "zod";
import { durationSchema, uniqueList } from "../catalogue/scalars.js";
import { builderIdSchema, insideSchema, registrySchema } from "./scalars.js";

/** The setting `factory:promotes`, of a stack that builds nothing. `Pulumi.prod.yaml` explains every key. */
export const promotesSchema = z
  .strictObject({
    releases: insideSchema.meta({
      description: "the file that says what is promoted",
      examples: ["releases/prod.yaml"],
    }),
    registry: registrySchema,
    insecureRegistry: z.boolean().meta({ description: "true for a registry without TLS" }).exactOptional(),
    keys: uniqueList(insideSchema)
      .min(1)
      .meta({ description: "a list of files with public keys (PEM)", examples: [["keys/staging.pub"]] }),
    builders: uniqueList(builderIdSchema)
      .min(1)
      .meta({
        description: "a list of builder ids",
        examples: [["https://github.com/example/images/builders/staging"]],
      }),
    maxScanAge: durationSchema.prefault("7d"),
    verifier: z
      .url({ protocol: /^https$/ })
      .meta({
        description: "what verification summaries name as the verifier",
        examples: ["https://github.com/example/images/verifiers/prod"],
      })
      .exactOptional(),
  })
  .meta({ description: "from where, and on whose evidence, a stack promotes" });

/** From where a stack promotes, and what it asks of what it promotes. */
export interface PromotesSettings {
  /** The file that names what is promoted, relative to the root. */
  readonly releases: string;
  /** The registry that it comes from: host with port and optional prefix. */
  readonly registry: string;
  readonly insecureRegistry: boolean;
  /** Files of the public keys that have to have signed its evidence. */
  readonly keys: readonly string[];
  /** `builder.id`s that may have built it. */
  readonly builders: readonly string[];
  /** How long ago a scan may have ended when an image is promoted, in milliseconds. */
  readonly maxScanAge: number;
  /** `verifier.id` of the verification summaries. Default: `<source>/verifiers/<stack>`. */
  readonly verifier: string;
}
