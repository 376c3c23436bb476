import { z } from "zod";

/** The lowest severity that fails an image; `never` for none. */
export const failOnSchema = z
  .enum(["critical", "high", "medium", "low", "never"])
  .meta({ description: "the lowest severity that fails an image" });

export const unfixedSchema = z
  .enum(["report", "fail"])
  .meta({ description: "what happens to a vulnerability without a fix" });

/** `scan:` in `image.yaml`: what an image asks of its own scans, over the stack's setting. */
export const imageScanSchema = z
  .strictObject({ failOn: failOnSchema.exactOptional(), unfixed: unfixedSchema.exactOptional() })
  .meta({ description: "what fails this image's scans, over the stack's factory:scan" });

export type FailOn = z.output<typeof failOnSchema>;
export type Unfixed = z.output<typeof unfixedSchema>;
export type ImageScan = z.output<typeof imageScanSchema>;
