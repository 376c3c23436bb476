import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";

const attempts = 3;

/**
 * Writes what `url` answers to a file. Faults of the network and answers of 429 and 5xx are tried three times.
 * @returns false where the answer is 404 or 410.
 */
export async function download(url: string, destination: string, signal?: AbortSignal): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(url, destination, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt === attempts || (error instanceof AnswerError && !error.passing)) {
        throw new Error(`${url} cannot be fetched: ${reasonOf(error)}`, { cause: error });
      }
      await delay(200 * attempt, undefined, signal === undefined ? {} : { signal });
    }
  }
}

async function once(url: string, destination: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await fetch(url, signal === undefined ? {} : { signal });
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    if (answer.status === 404 || answer.status === 410) return false;
    throw new AnswerError(answer.status);
  }
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(destination));
  return true;
}

class AnswerError extends Error {
  constructor(readonly status: number) {
    super(`the answer is ${status}`);
  }

  get passing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
