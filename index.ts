import * as pulumi from "@pulumi/pulumi";
import { ImageFactory } from "./components/image-factory.js";
import { Promotion } from "./components/promotion.js";
import { secretIds } from "./domain/plan/secrets.js";
import { writeGeneratedDockerfiles } from "./domain/plan/write-dockerfiles.js";
import { ProblemsError, valueOrThrow } from "./domain/problems.js";
import { loadProject } from "./domain/project/load.js";
import { loadPromotions } from "./domain/promotion/load.js";
import { planPromotions } from "./domain/promotion/plan.js";
import type { PromotingSettings } from "./domain/promotion/policy.js";
import { loadRecalls } from "./domain/recall/load.js";
import { loadSettings } from "./domain/settings/load.js";
import { loadSourceKeys, loadVerificationKeys } from "./provider/signing/verification-keys.js";

async function program() {
  const root = process.cwd();
  const today = new Date().toISOString().slice(0, 10);
  const settings = valueOrThrow(
    "the settings",
    await loadSettings(root, pulumi.getStack(), pulumi.runtime.allConfig()),
  );
  if (settings.promotes !== undefined) return promotion(root, { ...settings, promotes: settings.promotes });
  const { plan, releases, evidence } = valueOrThrow("the project", await loadProject(root, settings, today));
  await writeGeneratedDockerfiles(root, plan);

  const config = new pulumi.Config("secret");
  const secrets = Object.fromEntries(secretIds(plan).map((id) => [id, config.requireSecret(id)]));
  const proof = settings.evidence
    ? { evidence: { ...evidence, verificationKeys: await loadVerificationKeys(root, settings) } }
    : {};
  const { images } = new ImageFactory("factory", { plan, releases, settings, secrets, ...proof });
  return { images, leftOut: plan.leftOut };
}

/** A stack that builds nothing: what its releases file names is verified, copied, vouched for and tagged. */
async function promotion(root: string, settings: PromotingSettings) {
  const recalls = valueOrThrow("the recalls", await loadRecalls(root));
  const promotions = valueOrThrow("the releases", await loadPromotions(root, settings.promotes.releases));
  const plan = valueOrThrow("the releases", planPromotions(promotions, settings, recalls));
  const verificationKeys = await loadVerificationKeys(root, settings);
  const sourceKeys = await loadSourceKeys(root, settings);
  const { images } = new Promotion("promotion", { plan, settings, sourceKeys, verificationKeys, recalls });
  return { images };
}

/** Pulumi runs it and takes what it returns as the stack's outputs. A problem of the input needs no stack trace. */
export = () =>
  program().catch((error: unknown) => {
    throw error instanceof ProblemsError ? new pulumi.RunError(error.message) : error;
  });
