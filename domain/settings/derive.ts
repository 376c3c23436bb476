import { LOCAL_KEY } from "./parse.js";

/** A stack file as YAML has it. */
export interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
  /** What Pulumi keeps beside it, such as its secrets provider. */
  readonly [key: string]: unknown;
}

/** What a stack is that takes its settings from another one's file. */
export type Derivation =
  /** Builds what a pull request changes, and releases nothing. */
  | { readonly kind: "pull-request" }
  /** Builds for another team's repository, `owner/name` on GitHub. */
  | { readonly kind: "team"; readonly repository: string };

/** Settings of the other stack that are not for its derivatives: what makes the cloud's resources, and where releases go. */
const own = ["factory:cloud", "factory:mirrors", "factory:promotes"] as const;

/**
 * The file of a stack whose settings are another one's. A pull request signs with a key that is made in the run and that
 * nobody trusts; it keeps the build secrets. A team's images get a prefix of their own, and none of our secrets.
 */
export function deriveStack({ config, ...rest }: StackFile, derivation: Derivation): StackFile {
  const kept = Object.entries(config).filter(([key]) => !(own as readonly string[]).includes(key));
  if (derivation.kind === "pull-request") {
    const trusted = ["factory:signingWorkflow", "factory:verificationKeys"];
    return {
      ...rest,
      config: {
        ...Object.fromEntries(kept.filter(([key]) => !trusted.includes(key))),
        "factory:signingKey": LOCAL_KEY,
        "factory:release": "pull-request",
      },
    };
  }
  const { repository } = derivation;
  return {
    config: {
      ...Object.fromEntries(kept.filter(([key]) => key.startsWith("factory:"))),
      "factory:registry": `${config["factory:registry"]}/${teamFolder(repository)}`,
      "factory:source": `https://github.com/${repository}`,
    },
  };
}

/** What stands before the names of a team's images. @param repository `owner/name` */
export function teamFolder(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1).toLowerCase();
}
