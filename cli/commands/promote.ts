import { loadCatalogue } from "../../domain/catalogue/load.js";
import { variantId } from "../../domain/catalogue/types.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadPromotions } from "../../domain/promotion/load.js";
import { mergePromotions } from "../../domain/promotion/merge.js";
import { admissionOf } from "../../domain/promotion/policy.js";
import { writePromotions } from "../../domain/promotion/write.js";
import { loadRecalls } from "../../domain/recall/load.js";
import { renderPromotion } from "../../domain/render/promotion-text.js";
import { loadSettings } from "../../domain/settings/load.js";
import { stackFile } from "../../domain/settings/stack-file.js";
import { didYouMean } from "../../domain/suggest.js";
import { findReleases } from "../../provider/promotion/find-releases.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { loadSourceKeys } from "../../provider/signing/verification-keys.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { now } from "../person.js";
import { promotingSettings } from "../promoting-settings.js";

interface Options {
  readonly stack: string;
  readonly from: string;
}

/** `factory promote [IMAGE...]`. Writes the releases file, and nothing into any registry. */
export const registerPromote: RegisterCommand = (program) => {
  program
    .command("promote")
    .description("write into a stack's releases file what another stack has released, for review as a pull request")
    .argument("[image...]", "ids of images; default: all that the other stack has released")
    .option("--stack <name>", "the stack that promotes", "prod")
    .option("--from <name>", "the stack that has released", "staging")
    .action(async (images: readonly string[], { stack, from }: Options) => {
      const settings = promotingSettings(valueOrThrow("the settings", await loadSettings(projectRoot, stack)));
      const { promotes } = settings;
      const source = valueOrThrow("the settings", await loadSettings(projectRoot, from));
      if (source.registry !== promotes.registry) {
        const message = `factory:promotes names the registry ${promotes.registry}, but ${from} releases into ${source.registry}.`;
        const remedy = `Correct one of the two, or name the stack that releases there with --from.`;
        throw new ProblemsError("the settings", [{ place: { file: stackFile(stack) }, message, remedy }]);
      }
      const recalls = valueOrThrow("the recalls", await loadRecalls(projectRoot));
      const { releases } = valueOrThrow("the releases", await loadPromotions(projectRoot, promotes.releases));
      const keys = await loadSourceKeys(projectRoot, settings);
      const [registry = ""] = promotes.registry.split("/");
      const { insecureRegistry: insecure } = promotes;
      const search = {
        from: source,
        client: new RegistryClient(registry, insecure),
        verifier: new Verifier({ registry, insecure, keys }),
        keys,
        policy: admissionOf(settings, recalls),
      };
      const { found, missing } = await findReleases(search, images.length === 0 ? await known() : await chosen(images));
      const merged = mergePromotions(releases, found, now());
      if (merged.changes.length > 0) await writePromotions(projectRoot, promotes.releases, merged.releases);
      process.stdout.write(renderPromotion({ ...merged, file: promotes.releases, stack, missing }));
    });
};

/** Every image variant of this checkout. */
async function known(): Promise<readonly string[]> {
  const { images } = valueOrThrow("the catalogue", await loadCatalogue(projectRoot));
  return images.flatMap((image) => image.variants.map((variant) => variantId(image, variant)));
}

async function chosen(images: readonly string[]): Promise<readonly string[]> {
  const ids = await known();
  const problems = images
    .filter((image) => !ids.includes(image))
    .map((image) => ({
      place: { file: "factory promote" },
      message: `there is no image "${image}".`,
      remedy: `${didYouMean(image, ids)}Known images: ${ids.join(", ")}.`,
    }));
  if (problems.length > 0) throw new ProblemsError("the command", problems);
  return [...new Set(images)];
}
