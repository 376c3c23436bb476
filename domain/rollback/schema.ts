import { z } from "zod";
import { nameSchema } from "../catalogue/names.js";
import { addProblem } from "../yaml/check.js";
import type { Rollback } from "./types.js";

const text = z.string().trim().min(1);
const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ description: "a digest: sha256: and 64 hexadecimal digits" });
const time = z.iso.datetime().meta({ description: "a time in UTC", examples: ["2026-01-31T12:00:00Z"] });

const rollbackSchema = z.strictObject({
  image: nameSchema,
  stack: text.meta({ description: "the stack whose registry it happened in", examples: ["staging"] }),
  from: digest,
  to: digest,
  tags: z.array(text).meta({ description: "a list of tags", examples: [["latest"]] }),
  reason: text.meta({ description: "why it was rolled back", examples: ["it answers every request with 500"] }),
  by: text.meta({ description: "who rolled it back", examples: ["on-call"] }),
  at: time,
  lifted: time.exactOptional(),
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
