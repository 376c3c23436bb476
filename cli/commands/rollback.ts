import { InvalidArgumentError } from "commander";
import { nameSchema } from "../../domain/catalogue/names.js";
import { ProblemsError, valueOrThrow } from "../../domain/problems.js";
import { loadPromotions } from "../../domain/promotion/load.js";
import type { PromotingSettings } from "../../domain/promotion/policy.js";
import { writePromotions } from "../../domain/promotion/write.js";
import { loadRecalls } from "../../domain/recall/load.js";
import { renderPromotionRollback } from "../../domain/render/promotion-text.js";
import { renderRollbacks } from "../../domain/render/rollback-text.js";
import { loadRollbacks } from "../../domain/rollback/load.js";
import { loadSettings } from "../../domain/settings/load.js";
import { verificationPolicyOf } from "../../domain/verification/policy.js";
import { type PromotionRollback, rollBackPromotions } from "../../provider/promotion/roll-back.js";
import { RegistryClient } from "../../provider/registry/client.js";
import { liftRollbacks, rollBack } from "../../provider/rollback/roll-back.js";
import { loadSourceKeys, loadVerificationKeys } from "../../provider/signing/verification-keys.js";
import { Verifier } from "../../provider/verify/verifier.js";
import { projectRoot } from "../../tools/project.js";
import type { RegisterCommand } from "../command.js";
import { now as currentTime, person } from "../person.js";
import { promotingSettings } from "../promoting-settings.js";

interface Options {
  readonly stack: string;
  readonly to?: string;
  readonly lift?: true;
  readonly reason: string;
}

/** `factory rollback IMAGE...`. */
export const registerRollback: RegisterCommand = (program) => {
  program
    .command("rollback")
    .description("put images back to the last release that can be verified, and keep them there")
    .argument("<image...>", "ids of released images")
    .option("--to <digest>", "the release to go back to; for one image", readDigest)
    .option("--reason <text>", "why, for those who read rollbacks.yaml", "no reason given")
    .option("--lift", "end it: the next release moves the tags again")
    .option("--stack <name>", "whose registry and settings to use", "local")
    .action(async (images: readonly string[], { stack, to, lift, reason }: Options) => {
      requireNames(images, to);
      const now = currentTime();
      const found = await loadSettings(projectRoot, stack);
      if (found.value?.promotes !== undefined) {
        const settings = promotingSettings(valueOrThrow("the settings", found));
        await rollBackFile(settings, { images, reason, by: person(), now, ...(to === undefined ? {} : { to }) }, lift);
        return;
      }
      const rollbacks = valueOrThrow("the rollbacks", await loadRollbacks(projectRoot));
      if (lift) {
        await liftRollbacks(projectRoot, rollbacks, { images, stack, now });
        console.log("Commit rollbacks.yaml: the next release moves the tags again.");
        return;
      }
      const settings = valueOrThrow("the settings", found);
      const recalls = valueOrThrow("the recalls", await loadRecalls(projectRoot));
      const { insecureRegistry: insecure, registry } = settings;
      const [host = ""] = registry.split("/");
      const context = {
        settings,
        client: new RegistryClient(registry, insecure),
        verifier: new Verifier({ registry: host, insecure, keys: await loadVerificationKeys(projectRoot, settings) }),
        policy: verificationPolicyOf(settings, recalls),
        rollbacks,
      };
      const request = { images, reason, by: person(), now, ...(to === undefined ? {} : { to }) };
      process.stdout.write(renderRollbacks(await rollBack(projectRoot, context, request)));
    });
};

/** The way back of a stack that promotes is a change of its releases file, and so of the plan's input. */
async function rollBackFile(
  settings: PromotingSettings,
  request: Pick<PromotionRollback, "images" | "to" | "reason" | "by" | "now">,
  lift: true | undefined,
): Promise<void> {
  const file = settings.promotes.releases;
  if (lift) {
    const message = "a stack that promotes keeps its rollbacks in its releases file, where nothing is lifted.";
    const remedy = "Promote a newer release, or revert the commit of the rollback.";
    throw new ProblemsError("the command", [{ place: { file }, message, remedy }]);
  }
  const { releases } = valueOrThrow("the releases", await loadPromotions(projectRoot, file));
  const recalls = valueOrThrow("the recalls", await loadRecalls(projectRoot));
  const verificationKeys = await loadVerificationKeys(projectRoot, settings);
  const sourceKeys = await loadSourceKeys(projectRoot, settings);
  const done = await rollBackPromotions(
    { ...request, settings, releases, recalls, sourceKeys, verificationKeys },
    new AbortController().signal,
  );
  const entries = new Map(done.map(({ entry }) => [entry.image, entry]));
  await writePromotions(
    projectRoot,
    file,
    releases.map((each) => entries.get(each.image) ?? each),
  );
  process.stdout.write(renderPromotionRollback(done, { file, stack: settings.stack }));
}

function requireNames(images: readonly string[], to: string | undefined): void {
  const place = { file: "factory rollback" };
  const remedy = "Name images by their ids, without tag or digest: all their moving tags go back, and no other does.";
  const problems = images
    .filter((image, index) => !nameSchema.safeParse(image).success || images.indexOf(image) !== index)
    .map((image) => ({ place, message: `"${image}" is no image's id, or stands there twice.`, remedy }));
  if (to !== undefined && images.length > 1) {
    problems.push({ place, message: "--to names one image's release.", remedy: "Roll the images back one by one." });
  }
  if (problems.length > 0) throw new ProblemsError("the command", problems);
}

function readDigest(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError("Write sha256: and 64 hexadecimal digits; a tag can move.");
}
