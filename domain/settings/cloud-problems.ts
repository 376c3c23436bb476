import type { Problem } from "../problems.js";
import type { YamlNode } from "../yaml/document.js";
import { isLoopback } from "./loopback.js";
import { stackFile } from "./stack-file.js";
import type { Settings } from "./types.js";

/** What the settings of a cloud stack say that does not go together. */
export function cloudProblems(settings: Settings, node: YamlNode | undefined): readonly Problem[] {
  const { cloud, development, registry, signingKey, stack } = settings;
  if (cloud === undefined) return [];
  const problem = (key: string, message: string, remedy: string): Problem => {
    const line = node?.children.get(key)?.line;
    return { place: { file: stackFile(stack), ...(line === undefined ? {} : { line }) }, message, remedy };
  };
  const found: Problem[] = [];
  if (development) {
    const remedy = "Remove it, or give the stack another name (pulumi stack init staging).";
    found.push(problem("factory:cloud", "factory:cloud is set on the stack `local`, which has none.", remedy));
  }
  const own = `${cloud.account}.dkr.ecr.${cloud.region}.amazonaws.com`;
  // A loopback registry takes ECR's place where there is no account.
  if (!isLoopback(registry) && registry.split("/")[0] !== own) {
    const message = `factory:registry is ${registry}, but factory:cloud makes its repositories in ${own}.`;
    found.push(problem("factory:registry", message, `Write ${own}/PREFIX, or correct account and region.`));
  } else if (repositoryPrefix(settings) === undefined) {
    const message = `factory:registry is ${registry}, without a prefix.`;
    found.push(problem("factory:registry", message, `Write ${registry}/PREFIX, so that others may share the account.`));
  }
  if (!isLoopback(registry) && keyAlias(signingKey) === undefined) {
    const message = `factory:signingKey is "${signingKey}", but factory:cloud makes a key of KMS.`;
    const remedy = `Write the alias that it shall have: factory:signingKey: awskms:///alias/image-factory-${stack}`;
    found.push(problem("factory:signingKey", message, remedy));
  }
  if (cloud.github !== undefined && settings.signingWorkflow === undefined) {
    const message = "factory:signingWorkflow is missing: no job could take the role that signs.";
    const remedy = `Write e.g. factory:signingWorkflow: ${cloud.github.repository}/.github/workflows/build.yml@refs/heads/main`;
    found.push(problem("factory:cloud", message, remedy));
  }
  if (cloud.replicas.includes(cloud.region)) {
    const message = `factory:cloud.replicas names ${cloud.region}, where the registry itself is.`;
    found.push(problem("factory:cloud", message, "Remove it from the list."));
  }
  return found;
}

/** What stands before all names of the stack's repositories, e.g. `factory`; undefined where nothing does. */
export function repositoryPrefix({ registry }: Pick<Settings, "registry">): string | undefined {
  const slash = registry.indexOf("/");
  if (slash >= 0) return registry.slice(slash + 1);
  return isLoopback(registry) ? "factory" : undefined;
}

/** `alias/image-factory` of `awskms:///alias/image-factory`. */
export function keyAlias(signingKey: string): string | undefined {
  return /^awskms:\/\/[\w.:-]*\/(alias\/[\w/-]+)$/.exec(signingKey)?.[1];
}
