import { z } from "zod";
import { addProblem } from "../yaml/check.js";
import type { ImageState } from "./types.js";
import { STATE_SCHEMA } from "./types.js";

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .meta({ description: "a digest: sha256: and 64 hexadecimal digits" });
const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  .superRefine((written, context) => {
    if (isInstant(written)) return;
    addProblem(context, `there is no time "${written}".`, "Write a time in UTC, e.g. 2026-01-31T12:00:00Z.");
  })
  .meta({ description: "a time in UTC", examples: ["2026-01-31T12:00:00Z"] });
const platform = z
  .string()
  .regex(/^\w+\/\w+(\/\w+)?$/)
  .meta({ description: "a platform", examples: ["linux/amd64"] });
const text = z.string().min(1).meta({ description: "some text" });

const kind = z.enum(["external", "managed", "removed"]);

const standsOn = z.array(z.strictObject({ image: text, digest }));

/** Shape of a state file. Every key is known: what we do not understand must not be lost by writing the file again. */
export const stateSchema = z.strictObject({
  schema: z.literal(STATE_SCHEMA),
  image: text,
  kind,
  lifecycle: z.array(z.strictObject({ from: kind.exactOptional(), to: kind, at: instant })).exactOptional(),
  warehouse: z
    .strictObject({ repoURL: text, allowTags: text.exactOptional(), platform: platform.exactOptional() })
    .exactOptional(),
  adopted: z
    .strictObject({ digest, tag: text, platforms: z.array(platform), at: instant, cause: text })
    .exactOptional(),
  ledger: z.array(
    z.strictObject({
      digest,
      tag: text,
      platforms: z.array(platform),
      firstSeen: instant,
      how: z.enum(["pin", "event", "reconcile", "build"]),
      contents: text.exactOptional(),
    }),
  ),
  again: z.array(z.strictObject({ tag: text, digest, seen: instant })).exactOptional(),
  rejected: z.array(z.strictObject({ digest, at: instant, cause: text })).exactOptional(),
  builds: z
    .array(
      z.strictObject({
        digest,
        contents: text.exactOptional(),
        source: text.exactOptional(),
        on: standsOn,
        materials: z.array(digest).exactOptional(),
        at: instant,
      }),
    )
    .exactOptional(),
  updates: z.array(
    z.strictObject({ from: digest.exactOptional(), to: digest.exactOptional(), at: instant, cause: text }),
  ),
  dependents: z.array(text),
  attempts: z.array(
    z.strictObject({
      cause: text,
      on: standsOn.exactOptional(),
      start: instant,
      end: instant.exactOptional(),
      result: z.enum(["succeeded", "failed", "interrupted"]).exactOptional(),
    }),
  ),
}) satisfies z.ZodType<ImageState>;

/** `Date` takes 30 February for 2 March: only what comes back as it was written is a time. */
function isInstant(written: string): boolean {
  const time = Date.parse(written);
  return !Number.isNaN(time) && new Date(time).toISOString() === written.replace("Z", ".000Z");
}
