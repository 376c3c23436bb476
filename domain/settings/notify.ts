import { z } from "zod";
import { durationSchema } from "../catalogue/scalars.js";

const reference = /env:[A-Za-z_]\w*/;
const topic = /arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?/;

/** The setting `factory:notify`. `Pulumi.local.yaml` explains every key. Addresses of webhooks are secrets, so only their variable is named. */
export const notifySchema = z
  .strictObject({
    slack: z
      .string()
      .regex(new RegExp(`^${reference.source}$`))
      .meta({ description: "the environment variable with a webhook's address", examples: ["env:SLACK_WEBHOOK_URL"] })
      .exactOptional(),
    sns: z
      .string()
      .regex(new RegExp(`^(?:${reference.source}|${topic.source})$`))
      .meta({
        description: "the ARN of an SNS topic, or the environment variable with it",
        examples: ["arn:aws:sns:eu-west-1:111122223333:images", "env:SNS_TOPIC_ARN"],
      })
      .exactOptional(),
    promotionAfter: durationSchema.prefault("7d"),
  })
  .meta({ description: "whom `factory notify` tells, and when a promotion is due" });

/** `promotionAfter` is in milliseconds; addresses as they are written, `env:NAME` or an ARN. */
export type NotifySettings = z.output<typeof notifySchema>;
