import { z } from "zod";
import { durationSchema } from "./scalars.js";

/** `smoke:` in `image.yaml`: how a service is asked whether it is well. */
export const smokeSchema = z
  .strictObject({
    port: z
      .int()
      .min(1)
      .max(65535)
      .meta({ description: "the port that the service listens on", examples: [8080] }),
    path: z
      .string()
      .regex(/^\/[!-~]*$/)
      .meta({ description: "a path with a leading slash", examples: ["/healthz"] }),
    status: z
      .int()
      .min(100)
      .max(599)
      .meta({ description: "the HTTP status that a healthy service answers with" })
      .default(200),
    timeout: durationSchema
      .meta({ description: "how long the service may take until it is healthy, on any platform", examples: ["5m"] })
      .prefault("2m"),
  })
  .meta({ description: "the health endpoint of a service; it is started on every platform and asked" });

/** `timeout` in milliseconds. */
export type Smoke = z.output<typeof smokeSchema>;
