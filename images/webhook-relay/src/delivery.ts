import { setTimeout as delay } from "node:timers/promises";

/** One webhook on its way. */
export interface Delivery {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface RetryRule {
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each one after it. */
  readonly firstDelay: number;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
}

export type Outcome = "delivered" | "refused" | "unreachable";

/**
 * Sends a webhook to a target until it is taken. An answer below 500 is final (429 is not): what the target refuses once it refuses again.
 * A signal ends the waiting between two attempts.
 */
export async function deliver(
  delivery: Delivery,
  target: string,
  rule: RetryRule,
  signal: AbortSignal,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    const status = await send(delivery, target, rule.timeout);
    if (status !== undefined && status < 500 && status !== 429) return status < 400 ? "delivered" : "refused";
    if (attempt === rule.attempts) return "unreachable";
    try {
      await delay(rule.firstDelay * 2 ** (attempt - 1), undefined, { signal });
    } catch {
      return "unreachable";
    }
  }
}

async function send({ headers, body }: Delivery, target: string, timeout: number): Promise<number | undefined> {
  try {
    const response = await fetch(target, {
      method: "POST",
      headers,
      body,
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
