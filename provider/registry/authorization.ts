import type { Credentials } from "./credentials.js";
import { type Asked, RegistryError } from "./registry-error.js";

/**
 * The header `Authorization` of one registry: Basic, or a bearer token for each set of scopes
 * (https://distribution.github.io/distribution/spec/auth/token/). Nothing is asked or sent before the registry asks for it.
 */
export class Authorization {
  private readonly headers = new Map<string, string>();
  private credentials: Promise<Credentials | undefined> | undefined;

  /**
   * @param origin of the registry, `https://host`
   * @param given default: what docker's configuration holds
   */
  constructor(
    private readonly origin: string,
    given?: Credentials,
  ) {
    if (given !== undefined) this.credentials = Promise.resolve(given);
  }

  /** What the last challenge for these scopes was answered with. */
  known(scopes: readonly string[]): string | undefined {
    return this.headers.get(scopes.join(" "));
  }

  /**
   * Answers the header `WWW-Authenticate` of a 401.
   * @returns undefined where there is nothing to answer with.
   */
  async answer(
    challenge: string,
    scopes: readonly string[],
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    // Loaded when a registry asks: most runs ask none, and the provider's start counts.
    this.credentials ??= import("./credentials.js").then(({ findCredentials }) =>
      findCredentials(new URL(this.origin).host),
    );
    const credentials = await this.credentials;
    const bearer = /\bBearer\s+(.*)/i.exec(challenge)?.[1];
    const header =
      bearer === undefined
        ? basic(credentials)
        : `Bearer ${await this.fetchToken(bearer, scopes, credentials, asked, signal)}`;
    if (header !== undefined) this.headers.set(scopes.join(" "), header);
    return header;
  }

  private async fetchToken(
    parameters: string,
    scopes: readonly string[],
    credentials: Credentials | undefined,
    asked: Asked,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const { realm = "", service } = Object.fromEntries(
      [...parameters.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const refused = (came: string, status?: number) =>
      new RegistryError(asked, {
        came,
        passing: status !== undefined && status >= 500,
        ...(status === undefined ? {} : { status }),
      });
    if (!URL.canParse(realm)) throw refused("the registry named no address to log in at");
    const address = new URL(realm);
    if (address.protocol !== "https:" && new URL(this.origin).protocol === "https:") {
      throw refused(`the registry named ${address.origin} to log in at, where a password could be read on the way`);
    }
    if (service !== undefined) address.searchParams.set("service", service);
    for (const scope of scopes) address.searchParams.append("scope", scope);
    const authorization = basic(credentials);
    const response = await fetch(address, {
      headers: authorization === undefined ? {} : { authorization },
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new RegistryError(asked, { came: `${address.host}, its login, cannot be reached`, passing: true, cause });
    });
    const answer = (await response.json().catch(() => ({}))) as { token?: unknown; access_token?: unknown };
    const token = answer.token ?? answer.access_token;
    if (!response.ok) throw refused(`${address.host}, its login, answered ${response.status}`, response.status);
    if (typeof token !== "string") throw refused(`${address.host}, its login, gave no token`);
    return token;
  }
}

function basic(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  const { username, password } = credentials;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
