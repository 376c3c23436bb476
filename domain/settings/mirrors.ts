import { z } from "zod";
import { addProblem } from "../yaml/check.js";
import { registrySchema } from "./scalars.js";

const mirrorSchema = z
  .strictObject({
    registry: registrySchema,
    insecureRegistry: z.boolean().meta({ description: "true for a registry without TLS" }).exactOptional(),
    username: z
      .string()
      .min(1)
      .meta({ description: "who logs in there", examples: ["example-bot"] })
      .exactOptional(),
    password: z
      .string()
      .regex(/^env:[A-Za-z_]\w*$/)
      .meta({ description: "the environment variable that holds the password", examples: ["env:GHCR_TOKEN"] })
      .exactOptional(),
  })
  .superRefine(({ username, password }, context) => {
    if ((username === undefined) === (password === undefined)) return;
    const [missing, remedy] =
      username === undefined
        ? ["username", "Name who logs in, or leave password out: docker's own logins count then."]
        : ["password", "Name the variable that holds it, e.g. env:GHCR_TOKEN; or leave username out."];
    addProblem(context, `a mirror has username and password, or neither: ${missing} is missing.`, remedy, [missing]);
  })
  .meta({ description: "a registry, and how to log in there", examples: [{ registry: "ghcr.io/example" }] });

/** The setting `factory:mirrors`. `Pulumi.local.yaml` explains every key. Passwords are secrets, so only their variable is named. */
export const mirrorsSchema = z
  .array(mirrorSchema)
  .superRefine((mirrors, context) => {
    const registries = mirrors.map(({ registry }) => registry);
    for (const [index, registry] of registries.entries()) {
      if (registries.indexOf(registry) === index) continue;
      addProblem(context, `${registry} stands twice in the list.`, "Remove one of the two.", [index]);
    }
  })
  .meta({
    description: "registries that get a copy of what is released",
    examples: [[{ registry: "ghcr.io/example" }]],
  });

/** Another registry that gets what is released, with all its evidence. */
export type MirrorSettings = z.output<typeof mirrorSchema>;
