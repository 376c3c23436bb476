import { setTimeout as delay } from "node:timers/promises";
import { Authorization } from "./authorization.js";
import type { Credentials } from "./credentials.js";
import { type Asked, RegistryError } from "./registry-error.js";

export interface RegistryRequest {
  readonly asked: Asked;
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Path of the registry's API, or the address that it gave in a `Location`. */
  readonly url: string | URL;
  /** What a token has to allow: `repository:<path>:pull`. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent once only. */
  readonly body?: Uint8Array | ReadableStream;
  /** Statuses that are an answer; all others are thrown. */
  readonly expected: readonly number[];
}

/** Milliseconds before each further attempt. */
const pauses = [100, 400, 1600] as const;

/** HTTP to one registry: authorization, errors in our words, and further attempts where the connection breaks. */
export class Transport {
  private readonly authorization: Authorization;

  /**
   * @param origin `https://host`, or `http://host`
   * @param credentials default: docker's
   */
  constructor(
    private readonly origin: string,
    credentials?: Credentials,
  ) {
    this.authorization = new Authorization(origin, credentials);
  }

  /**
   * Sends once. Fetch follows redirects and takes the authorization off where they lead to another origin.
   * @throws RegistryError for a status that is not expected; the signal's reason when cancelled.
   */
  async send(request: RegistryRequest, signal: AbortSignal | undefined): Promise<Response> {
    const { asked, expected, scopes } = request;
    let response = await this.fetch(request, this.authorization.known(scopes), signal);
    const challenge = response.headers.get("www-authenticate");
    if (response.status === 401 && challenge !== null && !(request.body instanceof ReadableStream)) {
      await response.body?.cancel();
      const answer = await this.authorization.answer(challenge, scopes, asked, signal);
      response = await this.fetch(request, answer, signal);
    }
    if (expected.includes(response.status)) return response;
    throw new RegistryError(asked, {
      came: `the registry answered ${response.status}${await reasonIn(response)}`,
      status: response.status,
      passing: response.status === 429 || response.status >= 500,
    });
  }

  private async fetch(
    { asked, method, url, headers, body }: RegistryRequest,
    authorization: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const address = new URL(url, this.origin);
    const own = authorization !== undefined && address.origin === this.origin;
    try {
      return await fetch(address, {
        method,
        headers: { ...headers, ...(own ? { authorization } : {}) },
        ...(body === undefined ? {} : { body, duplex: "half" }),
        // One of its own: fetch listens to it until its answer is collected, and to thousands at once the engine's would crawl.
        ...(signal === undefined ? {} : { signal: AbortSignal.any([signal]) }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw connectionError(asked, error);
    }
  }
}

/**
 * Does work again that can be repeated, while the connection breaks or the registry answers 429 or 5xx; four times in all.
 * @throws what the last attempt threw.
 */
export async function withRetries<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RegistryError) || !error.passing) throw error;
    }
    await delay(pause);
    signal?.throwIfAborted();
  }
  return work();
}

/** The whole body of an answer. */
export async function readBody(asked: Asked, response: Response, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(asked, error);
  }
}

function connectionError(asked: Asked, error: unknown): RegistryError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new RegistryError(asked, { came: `the connection failed (${code})`, passing: true, cause: error });
}

/** ` (CODE: message)` of the first error that a registry tells, or nothing. */
async function reasonIn(response: Response): Promise<string> {
  try {
    const { errors } = (await response.json()) as { errors?: readonly { code?: unknown; message?: unknown }[] };
    const [first] = errors ?? [];
    return first === undefined ? "" : ` (${[first.code, first.message].filter(Boolean).join(": ")})`;
  } catch {
    return "";
  }
}
