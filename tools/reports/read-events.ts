import { type EngineEvent, eventReader } from "../engine/events.js";
import { Outcome } from "../engine/outcome.js";

export interface ReadEvents {
  readonly outcome: Outcome;
  /** As the engine would end: 0, 1, or 130 where it never came to its end. */
  readonly exitCode: number;
  /** Milliseconds since 1970; whole seconds, since the engine's events have no more. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/**
 * What an `up` did, by the events that `pulumi up --json` wrote.
 *
 * @param ids the images of the plan, in its order
 * @returns undefined where the text holds no event of an operation
 */
export function readEvents(text: string, ids: readonly string[]): ReadEvents | undefined {
  let now = 0;
  let startedAt: number | undefined;
  let result: string | undefined;
  const outcome = new Outcome(ids, false, () => now);
  const reader = eventReader(
    (event: EngineEvent) => {
      now = (event.timestamp ?? now / 1000) * 1000;
      startedAt ??= now;
      const { summaryEvent } = event;
      if (summaryEvent?.isPreview === false) result = summaryEvent.result ?? "failed";
      if (summaryEvent?.isPreview === true && summaryEvent.result === "failed") result = "failed";
      outcome.take(event);
    },
    () => undefined,
  );
  reader.write(text);
  reader.end();
  if (startedAt === undefined) return undefined;
  const exitCode = result === undefined ? 130 : result === "succeeded" ? 0 : 1;
  return { outcome, exitCode, startedAt, finishedAt: now };
}
