import { z } from "zod";
import { nameSchema } from "../catalogue/names.js";
import { digestSchema, platformsSchema, timeSchema } from "../catalogue/scalars.js";
import { addProblem } from "../yaml/check.js";
import type { PromotedRelease, WithdrawnRelease } from "./types.js";

const text = z.string().trim().min(1);

const withdrawnSchema = z.strictObject({
  digest: digestSchema,
  reason: text.meta({ description: "why it was rolled back", examples: ["it answers every request with 500"] }),
  by: text.meta({ description: "who rolled it back", examples: ["on-call"] }),
  at: timeSchema,
}) satisfies z.ZodType<WithdrawnRelease>;

const releaseSchema = z
  .strictObject({
    image: nameSchema,
    repository: text.meta({ description: "a repository without tag", examples: ["registry.example.com/staging/web"] }),
    digest: digestSchema,
    platforms: platformsSchema,
    buildId: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: "the id of a build: 64 hexadecimal digits" }),
    version: text.exactOptional(),
    revision: z
      .string()
      .regex(/^(?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?$/)
      .meta({ description: "a full commit" }),
    stack: text,
    builder: text.meta({ description: "the id of a builder" }),
    key: text.meta({ description: "the id of a key" }),
    promoted: timeSchema,
    rolledBack: z.array(withdrawnSchema).meta({ description: "a list of digests, oldest first" }).exactOptional(),
  })
  .superRefine(({ digest: own, rolledBack = [] }, context) => {
    if (!rolledBack.some((each) => each.digest === own)) return;
    const remedy = "Name another digest, or take the entry off rolledBack if it was rolled back by mistake.";
    addProblem(context, "the image was rolled back from this digest.", remedy, ["digest"]);
  }) satisfies z.ZodType<PromotedRelease>;

/** `releases/<stack>.yaml`. */
export const promotionsSchema = z
  .strictObject({
    releases: z
      .array(releaseSchema)
      .meta({ description: "a list of what is promoted" })
      .default([])
      .superRefine((releases, context) => {
        for (const [index, { image }] of releases.entries()) {
          if (releases.findIndex((each) => each.image === image) === index) continue;
          addProblem(context, `${image} is promoted twice.`, "Remove one of the two.", [index, "image"]);
        }
      }),
  })
  .meta({ title: "releases/<stack>.yaml", description: "the digests that a stack promotes" });
