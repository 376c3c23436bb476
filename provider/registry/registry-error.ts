/** What was asked of a registry, as it stands in a sentence: `<repository>: <what> could not be <action>`. */
export interface Asked {
  /** `<registry>/<path>`. */
  readonly repository: string;
  /** `the manifest sha256:...`, `the blob sha256:...`, `the tags`. */
  readonly what: string;
  readonly action: "read" | "pushed" | "deleted";
}

export interface Refusal {
  /** What came instead: `the registry answered 404 (MANIFEST_UNKNOWN: manifest unknown)`. */
  readonly came: string;
  /** HTTP status of the answer; absent where none came, or where it was not what had been asked for. */
  readonly status?: number;
  /** Whether the same request may do later: the connection broke, or the registry was busy or ill. */
  readonly passing: boolean;
  /** What to do next. Default: what the status suggests. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A request that a registry refused, did not answer, or answered with something else. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly status: number | undefined;
  readonly passing: boolean;

  constructor(
    readonly asked: Asked,
    { came, status, passing, remedy = suggestion(asked, status, passing), cause }: Refusal,
  ) {
    const { repository, what, action } = asked;
    super(`${repository}: ${what} could not be ${action}: ${came}. ${remedy}`, { cause });
    this.status = status;
    this.passing = passing;
  }

  /** True where the registry answered that it has no such repository, tag, digest or blob. */
  get notFound(): boolean {
    return this.status === 404;
  }
}

function suggestion({ repository, action }: Asked, status: number | undefined, passing: boolean): string {
  const [host = ""] = repository.split("/");
  if (status === 401 || status === 403) {
    return `Log in with \`docker login ${host}\` as somebody who may ${action === "read" ? "pull" : "push"} there.`;
  }
  if (status === 404) return "Check the name; what was there may have been deleted.";
  if (status === 429) return "Wait until the registry takes requests again, and run the command again.";
  if (passing) return `Check that ${host} runs, can be reached and has room, and run the command again.`;
  return "See the registry's log; what is stored there may be damaged, or it may not support this.";
}
