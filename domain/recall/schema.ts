import { z } from "zod";
import { dateSchema, digestSchema } from "../catalogue/scalars.js";
import { addProblem } from "../yaml/check.js";
import type { Recall } from "./types.js";

const text = z.string().trim().min(1);

const recallSchema = z.strictObject({
  digest: digestSchema,
  image: text.meta({ description: "the image's name", examples: ["python"] }),
  reason: text.meta({ description: "why nothing may consume it", examples: ["its openssl leaks keys"] }),
  by: text.meta({ description: "who decided it", examples: ["security team"] }),
  date: dateSchema,
}) satisfies z.ZodType<Recall>;

/** `recalls.yaml`, at the root. */
export const recallsSchema = z
  .strictObject({
    recalls: z
      .array(recallSchema)
      .meta({ description: "a list of recalled digests" })
      .default([])
      .superRefine((recalls, context) => {
        for (const [index, { digest }] of recalls.entries()) {
          if (recalls.findIndex((each) => each.digest === digest) === index) continue;
          addProblem(context, `${digest} is recalled twice.`, "Remove one of the two.", [index, "digest"]);
        }
      }),
  })
  .meta({ title: "recalls.yaml", description: "digests that nothing may consume any more" });
