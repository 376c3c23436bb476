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
  const { signingKey, stack, verificationKeys } = settings;
  if (signingKey === LOCAL_KEY) await ensureLocalKey(path.join(root, path.dirname(signingKey)));
  const problems: Problem[] = [];
  const keys: string[] = [];
  for (const file of verificationKeys) {
    const text = await readFile(path.join(root, file), "utf8").catch(() => undefined);
    const key = text === undefined ? undefined : parsePublicKey(text);
    if (key !== undefined) keys.push(toPem(key));
    else {
      const message = text === undefined ? "there is no such file." : "this is no public key (PEM, ECDSA on P-256).";
      const remedy = `Write the public key there (\`cosign public-key --key KEY\`), or name another file in factory:verificationKeys of Pulumi.${stack}.yaml.`;
      problems.push({ place: { file }, message, remedy });
    }
  }
  if (problems.length > 0) throw new ProblemsError("the verification keys", problems);
  return keys;
}
