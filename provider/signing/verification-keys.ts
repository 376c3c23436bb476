import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { LOCAL_KEY } from "../../domain/settings/parse.js";
import type { Settings } from "../../domain/settings/types.js";
import { ensureLocalKey } from "./local-key.js";
import { parsePublicKey, toPem } from "./public-key.js";

/**
 * The public keys of a stack, as PEM. A local stack's own key pair is made on first use.
 *
 * @throws ProblemsError with every file that is missing or no public key
 */
export async function loadVerificationKeys(root: string, settings: Settings): Promise<readonly string[]> {
  const { signingKey, verificationKeys } = settings;
  if (signingKey === LOCAL_KEY) await ensureLocalKey(path.join(root, path.dirname(signingKey)));
  return readKeys(root, settings, "factory:verificationKeys", verificationKeys);
}

/**
 * The public keys, as PEM, that have to have signed what a stack promotes; none for one that builds.
 *
 * @throws ProblemsError with every file that is missing or no public key
 */
export function loadSourceKeys(root: string, settings: Settings): Promise<readonly string[]> {
  return readKeys(root, settings, "factory:promotes", settings.promotes?.keys ?? []);
}

/** All public keys that count for what lies in the stack's registry: its own, and those of what it promoted. */
export async function loadAcceptedKeys(root: string, settings: Settings): Promise<readonly string[]> {
  return [...(await loadVerificationKeys(root, settings)), ...(await loadSourceKeys(root, settings))];
}

async function readKeys(
  root: string,
  { stack }: Settings,
  setting: string,
  files: readonly string[],
): Promise<readonly string[]> {
  const problems: Problem[] = [];
  const keys: string[] = [];
  for (const file of files) {
    const text = await readFile(path.join(root, file), "utf8").catch(() => undefined);
    const key = text === undefined ? undefined : parsePublicKey(text);
    if (key !== undefined) keys.push(toPem(key));
    else {
      const message = text === undefined ? "there is no such file." : "this is no public key (PEM, ECDSA on P-256).";
      const remedy = `Write the public key there (\`cosign public-key --key KEY\`), or name another file in ${setting} of Pulumi.${stack}.yaml.`;
      problems.push({ place: { file }, message, remedy });
    }
  }
  if (problems.length > 0) throw new ProblemsError("the verification keys", problems);
  return keys;
}
