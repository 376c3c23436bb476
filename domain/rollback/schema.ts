import { z } from "zod";
import { nameSchema } from "../catalogue/names.js";
import { digestSchema, timeSchema } from "../catalogue/scalars.js";
import { addProblem } from "../yaml/check.js";
import type { Rollback } from "./types.js";

const text = z.string().trim().min(1);

const rollbackSchema = z.strictObject({
  image: nameSchema,
  stack: text.meta({ description: "the stack whose registry it happened in", examples: ["staging"] }),
  from: digestSchema,
  to: digestSchema,
  tags: z.array(text).meta({ description: "a list of tags", examples: [["latest"]] }),
  reason: text.meta({ description: "why it was rolled back", examples: ["it answers every request with 500"] }),
  by: text.meta({ description: "who rolled it back", examples: ["on-call"] }),
  at: timeSchema,
  lifted: timeSchema.exactOptional(),
}) satisfies z.ZodType<Rollback>;

/** `rollbacks.yaml`, at the root. */
export const rollbacksSchema = z
  .strictObject({
    rollbacks: z
      .array(rollbackSchema)
      .meta({ description: "a list of rollbacks, oldest first" })
      .default([])
      .superRefine((rollbacks, context) => {
        const seen = new Set<string>();
        for (const [index, { image, stack, lifted }] of rollbacks.entries()) {
          if (lifted !== undefined) continue;
          const name = `${image} of the stack ${stack}`;
          if (seen.has(name)) addProblem(context, `${name} is rolled back twice.`, "Lift one of the two.", [index]);
          seen.add(name);
        }
      }),
  })
  .meta({ title: "rollbacks.yaml", description: "images whose moving tags were put back to an earlier release" });
