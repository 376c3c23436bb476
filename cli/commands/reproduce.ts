import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadSettings } from "../../domain/settings/load.js";
import type { Settings } from "../../domain/settings/types.js";
import type { DigestReference } from "../../domain/verification/reference.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { openSigner } from "../../provider/signing/open-signer.js";
import { loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { withLock } from "../../tools/machine/lock.js";
import { withProgress } from "../../tools/machine/progress.js";
import { ensureSystem } from "../../tools/machine/system.js";
import { defaultDataDir, projectRoot } from "../../tools/project.js";
import { attestMatch } from "../../tools/reproduce/attest-match.js";
import { formatReproduction } from "../../tools/reproduce/format.js";
import { isMatch, reproduce } from "../../tools/reproduce/reproduce.js";
import { ensureToolchain } from "../../tools/toolchain/toolchain.js";
import type { RegisterCommand } from "../command.js";

interface ReproduceOptions {
  readonly stack: string;
  readonly attest?: true;
  readonly secret: Readonly<Record<string, string>>;
}

/** `factory reproduce IMAGE`. */
export const registerReproduce: RegisterCommand = (program) => {
  program
    .command("reproduce")
    .description("build a released image again, from its recorded materials only, and compare")
    .argument("<image>", "id of a released image; with :TAG or @DIGEST another release than the channel's")
    .option("--stack <name>", "whose settings to use", "local")
    .option("--attest", "where it matches, sign that and attach it to the image")
    .option("--secret <id=file>", "value of a build secret; can be repeated", readSecret, {})
    .action(async (image: string, { stack, attest: wanted, secret }: ReproduceOptions) => {
      const settings = valueOrThrow("the settings", await loadSettings(projectRoot, stack));
      const client = new RegistryClient(settings.registry, settings.insecureRegistry);
      const released = await findRelease(client, image, settings);
      const keys = await loadVerificationKeys(projectRoot, settings);
      await ensureSystem();
      const toolchain = await ensureToolchain(["crane", "buildkit", "registry", "buildx"]);
      const folder = join(defaultDataDir, "reproduce");
      const insecure = settings.insecureRegistry ? [settings.registry] : [];
      const options = { client, keys, project: projectRoot, folder, toolchain, secrets: secret, insecure };
      const reproduction = await withLock(folder, `reproducing ${image}`, () =>
        withProgress(`building ${image} again`, () => reproduce(released, options)),
      );
      console.log(formatReproduction(reproduction));
      if (!isMatch(reproduction)) process.exitCode = 1;
      else if (wanted) {
        const signer = await openSigner(settings.signingKey, { root: projectRoot });
        await attestMatch(reproduction, { client, signer, builderId: settings.builderId });
        console.log(`attested with ${settings.signingKey}`);
      }
    });
};

function readSecret(given: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [id = "", ...file] = given.split("=");
  const path = file.join("=");
  try {
    return { ...before, [id]: readFileSync(path, "utf8") };
  } catch {
    throw new InvalidArgumentError(`it is ID=FILE, and "${path}" has to be a file that can be read.`);
  }
}

/** `id`, `id:tag` or `id@sha256:...` below the stack's registry. */
async function findRelease(client: RegistryClient, image: string, settings: Settings): Promise<DigestReference> {
  const reference = /[:@]/.test(image) ? image : `${image}:${settings.channel}`;
  const [id = "", name = ""] = reference.split(/[:@](.*)/);
  const repository = `${settings.registry}/${id}`;
  const found = await client.headManifest(repository, name);
  if (found !== undefined) return { repository, digest: found.digest };
  const place = { file: `${settings.registry}/${reference}` };
  const remedy = "Name a released image: `npm run up` ends with a table of them.";
  throw new ProblemsError("the registry", [{ place, message: "there is no such release.", remedy }]);
}
