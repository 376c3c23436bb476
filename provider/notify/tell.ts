import { afterTelling, messagesOf, type PlannedMessage } from "../../domain/notify/messages.js";
import type { Findings, Told } from "../../domain/notify/types.js";
import { NotSent, type Sender } from "./sender.js";

export interface Telling {
  readonly delivered: readonly PlannedMessage[];
  /** What the sender has told now: what was not delivered is told the next time. */
  readonly told: Told;
  /** Why it stopped, if it did. */
  readonly problem?: string;
}

/** Tells all that one sender has yet to tell. A sender that fails is a result, and no fault of the run. */
export async function tell(
  open: () => Promise<Sender>,
  stack: string,
  told: Told,
  findings: readonly Findings[],
  signal: AbortSignal,
): Promise<Telling> {
  const planned = messagesOf(stack, told, findings);
  const delivered: PlannedMessage[] = [];
  const result = () => ({ delivered, told: afterTelling(told, delivered) });
  if (planned.length === 0) return result();
  try {
    const sender = await open();
    for (let start = 0; start < planned.length; start += sender.batch) {
      const part = planned.slice(start, start + sender.batch);
      await sender.send(
        part.map(({ message }) => message),
        signal,
      );
      delivered.push(...part);
    }
    return result();
  } catch (error) {
    if (!(error instanceof NotSent)) throw error;
    return { ...result(), problem: error.message };
  }
}
