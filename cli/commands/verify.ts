import path from "node:path";
import { loadCatalogue } from "../../domain/catalogue/load.js";
import { type ImageName, parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadRecalls } from "../../domain/recall/load.js";
import { renderVerification } from "../../domain/render/verification-text.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import { verificationPolicyOf } from "../../domain/verification/policy.js";
import { isVerified } from "../../domain/verification/verify.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { RegistryError } from "../../provider/registry/registry-error.js";
import { loadAcceptedKeys, loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";

interface Options {
  readonly stack: string;
  readonly json?: true;
  readonly key?: string;
  readonly chain: boolean;
}

/** `factory verify IMAGE`. Exit code 0 where everything was proved, 1 where not. */
export const registerVerify: RegisterCommand = (program) => {
  program
    .command("verify")
    .description("check an image's signature, attestations, builder and recalls, and follow what it was made from")
    .argument("<image>", "an image of the stack (`python`, `python:1.2.0`), or any name with its registry")
    .option("--stack <name>", "whose settings to use", "local")
    .option("--key <file>", "the public key (PEM) that counts, instead of the stack's")
    .option("--no-chain", "look only at the image itself, not at what it was made from")
    .option("--json", "print JSON")
    .action(async (image: string, options: Options) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, options.stack));
      const recalls = valueOrThrow("the recalls", await loadRecalls(projectRoot));
      const keys = await keysOf(options, settings);
      try {
        const name = nameOf(image, settings);
        const insecure = isOwn(name, settings) ? { insecure: settings.insecureRegistry } : {};
        const reference = await resolve(name, new RegistryClient(name.domain, insecure.insecure));
        const verifier = new Verifier({ registry: name.domain, keys, chain: options.chain, ...insecure });
        const verification = await verifier.verify(reference, verificationPolicyOf(settings, recalls));
        const text = options.json
          ? `${JSON.stringify(verification, undefined, 2)}\n`
          : renderVerification(verification, await lockFiles(settings));
        process.stdout.write(text);
        if (!isVerified(verification)) process.exitCode = 1;
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error;
        console.error(error.message);
        process.exitCode = 1;
      }
    });
};

/** A name without a registry is one of the stack's: `python` is `<registry>/python:<channel>`. */
function nameOf(image: string, { registry, channel }: Settings): ImageName {
  const [first = ""] = image.split("/");
  const isOwnName = !/[.:]/.test(image.includes("/") ? first : "");
  const tagged = /[:@]/.test(image.slice(image.lastIndexOf("/") + 1)) ? image : `${image}:${channel}`;
  const name = parseImageName(isOwnName ? `${registry}/${tagged}` : image);
  if (name !== undefined) return name;
  const message = `"${image}" is no name of an image.`;
  const remedy = "Name an image of the stack, e.g. python, or write registry, name and tag or digest.";
  throw new ProblemsError("the command", [{ place: { file: "factory verify" }, message, remedy }]);
}

function isOwn({ domain }: ImageName, { registry }: Settings): boolean {
  return registry.split("/")[0] === domain;
}

async function resolve(name: ImageName, client: RegistryClient) {
  const repository = repositoryName(name);
  if (name.digest !== undefined) return { repository, digest: name.digest };
  const { descriptor } = await client.getManifest(repository, name.tag ?? "latest");
  return { repository, digest: descriptor.digest };
}

/** The stack's public keys, or the one in a file. */
function keysOf({ key }: Options, settings: Settings): Promise<readonly string[]> {
  if (key === undefined) return loadAcceptedKeys(projectRoot, settings);
  const file = path.relative(projectRoot, path.resolve(key));
  return loadVerificationKeys(projectRoot, { ...settings, signingKey: "", verificationKeys: [file] });
}

/** Locks of this checkout by the digest of the pool that they foretell. What is wrong with others is for `factory plan` to say. */
async function lockFiles(settings: Settings): Promise<ReadonlyMap<string, string>> {
  const { value } = await loadCatalogue(projectRoot, settings);
  return new Map(value.images.flatMap(({ lock }) => (lock === undefined ? [] : [[lock.poolDigest, lock.file]])));
}
