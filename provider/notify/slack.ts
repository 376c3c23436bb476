import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "../../domain/notify/types.js";
import { isLoopback } from "../../domain/settings/loopback.js";
import { NotSent, type Sender } from "./sender.js";

/** Before the second and the third attempt, milliseconds. */
const PAUSES = [1000, 4000] as const;
const LONGEST_PAUSE = 30_000;
/** Slack cuts a text after 40,000 characters. */
const LONGEST_TEXT = 1500;

/**
 * Tells by an incoming webhook, as Slack, Mattermost and others take it.
 *
 * @param address a secret: whoever has it can write there
 * @throws NotSent where that is no address that may be written to
 */
export function slackSender(address: string, wait: (milliseconds: number) => Promise<unknown> = delay): Sender {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== "https:" && !isLoopback(url.host))) {
    throw new NotSent("the webhook's address is none, or not https.");
  }
  return {
    batch: 20,
    async send(messages, signal) {
      const body = JSON.stringify({ text: messages.map(renderMessage).join("\n\n") });
      for (let attempt = 0; ; attempt += 1) {
        const answer = await post(url, body, signal);
        if (answer.problem === undefined) return;
        const pause = PAUSES[attempt];
        if (!answer.passing || pause === undefined) throw new NotSent(answer.problem);
        await wait(Math.min(answer.retryAfter ?? pause, LONGEST_PAUSE));
      }
    },
  };
}

const marks = { new: "New", changed: "Changed", resolved: "Resolved" } as const;

/** Slack's own markup; what was found is text, and stays it. */
export function renderMessage({ change, stack, title, text }: Message): string {
  const head = `*${marks[change]}: ${escaped(title)}* (${escaped(stack)})`;
  const body = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)} ...` : text;
  return body === "" ? head : `${head}\n${escaped(body)}`;
}

interface Answer {
  readonly problem?: string;
  /** Whether it may go well another time. */
  readonly passing?: boolean;
  readonly retryAfter?: number;
}

async function post(url: URL, body: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      // The messages go to nobody else.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_PAUSE)]),
    });
    await response.body?.cancel();
    if (response.ok) return {};
    const { status } = response;
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    return {
      problem: `the webhook answered ${status}.`,
      passing: status === 429 || status >= 500,
      ...(Number.isFinite(seconds) ? { retryAfter: seconds * 1000 } : {}),
    };
  } catch {
    signal.throwIfAborted();
    // What fetch says may hold the address.
    return { problem: "the webhook could not be reached.", passing: true };
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
