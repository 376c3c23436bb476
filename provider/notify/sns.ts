import type { Message } from "../../domain/notify/types.js";
import { NotSent, type Sender } from "./sender.js";

/** SNS takes 256 KiB; people read less. */
const LONGEST_TEXT = 8000;

/**
 * Tells by a topic of Amazon SNS, each message for itself, so that subscribers can filter by its attributes `kind`, `change`,
 * `stack` and `image`. Credentials are found as by every AWS client; `sns:Publish` on the topic is all that is needed.
 *
 * @param topicArn of a standard topic or a FIFO one, which drops what it got already
 */
export async function snsSender(topicArn: string): Promise<Sender> {
  const [, , , region] = topicArn.split(":");
  if (region === undefined || region === "") throw new NotSent("that is no ARN of a topic.");
  // Loaded where somebody is told by it.
  const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
  const client = new SNSClient({ region, maxAttempts: 3 });
  const ordered = topicArn.endsWith(".fifo");
  return {
    batch: 1,
    async send(messages, signal) {
      for (const message of messages) {
        const command = new PublishCommand({
          TopicArn: topicArn,
          Subject: subjectOf(message),
          Message: JSON.stringify({ ...message, text: message.text.slice(0, LONGEST_TEXT) }),
          MessageAttributes: attributesOf(message),
          ...(ordered ? { MessageGroupId: message.stack, MessageDeduplicationId: message.id } : {}),
        });
        try {
          await client.send(command, { abortSignal: signal });
        } catch (error) {
          signal.throwIfAborted();
          throw new NotSent(`SNS did not take it (${error instanceof Error ? error.name : error}).`);
        }
      }
    },
  };
}

/** At most 100 characters of printable ASCII, as SNS has it. */
function subjectOf({ change, title }: Message): string {
  return `${change}: ${title}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}

function attributesOf({ kind, change, stack, image }: Message) {
  const values = { kind, change, stack, ...(image === undefined ? {} : { image }) };
  const entries = Object.entries(values).map(([name, value]) => {
    return [name, { DataType: "String", StringValue: value }] as const;
  });
  return Object.fromEntries(entries);
}
