import * as pulumi from "@pulumi/pulumi";
import { foundationOf } from "./components/foundation.js";
import { ImageFactory } from "./components/image-factory.js";
import { Mirrors } from "./components/mirrors.js";
import { Promotion } from "./components/promotion.js";
import { loadNextDue } from "./domain/cloud/load-next-due.js";
import { loadClusterPipeline } from "./domain/kargo/load-pipeline.js";
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
  const project = valueOrThrow("the project", await loadProject(root, settings, today));
  const { plan, releases, evidence, graph } = project;
  await writeGeneratedDockerfiles(root, plan);

  const config = new pulumi.Config("secret");
  const secret = (id: string) => config.requireSecret(id);
  const nextDue = settings.cloud && (await loadNextDue(root, settings, project, Date.now()));
  const pipeline = settings.cloud?.kargo && (await loadClusterPipeline(root, settings.cloud));
  const cloud = await foundationOf(settings, {
    images: plan.images.map(({ id, node: { image } }) => ({
      id,
      tags: image.tags,
      moving: releases.get(id)?.tags?.moving ?? [],
      ...(image.owner === undefined ? {} : { owner: image.owner }),
    })),
    externals: graph.externals,
    secret,
    ...(nextDue === undefined ? {} : { nextDue }),
    ...(pipeline === undefined ? {} : { pipeline }),
  });
  if (cloud !== undefined && settings.cloud?.foundationOnly) return { cloud: cloud.facts };

  const secrets = Object.fromEntries(secretIds(plan).map((id) => [id, secret(id)]));
  const proof = settings.evidence
    ? { evidence: { ...evidence, verificationKeys: await loadVerificationKeys(root, settings) } }
    : {};
  const after = cloud === undefined ? {} : { before: (image?: string) => cloud.before(image) };
  const factory = new ImageFactory("factory", { plan, releases, settings, secrets, ...proof, ...after });
  const { images } = factory;
  if (settings.mirrors.length > 0) new Mirrors("mirrors", { settings, images: factory.released });
  return { images, leftOut: plan.leftOut, ...(cloud === undefined ? {} : { cloud: cloud.facts }) };
}

/** A stack that builds nothing: what its releases file names is verified, copied, vouched for and tagged. */
async function promotion(root: string, settings: PromotingSettings) {
  const recalls = valueOrThrow("the recalls", await loadRecalls(root));
  const promotions = valueOrThrow("the releases", await loadPromotions(root, settings.promotes.releases));
  const plan = valueOrThrow("the releases", planPromotions(promotions, settings, recalls));
  const cloud = await foundationOf(settings, {
    images: plan.map(({ release: { image: id, version }, movingTags: moving }) => ({
      id,
      tags: { channel: true, commit: false, ...(version === undefined ? {} : { semver: version }) },
      moving,
    })),
    externals: [],
    secret: (id) => new pulumi.Config("secret").requireSecret(id),
  });
  if (cloud !== undefined && settings.cloud?.foundationOnly) return { cloud: cloud.facts };
  const verificationKeys = await loadVerificationKeys(root, settings);
  const sourceKeys = await loadSourceKeys(root, settings);
  const after = cloud === undefined ? {} : { before: (image: string) => cloud.before(image) };
  const promoted = new Promotion("promotion", { plan, settings, sourceKeys, verificationKeys, recalls, ...after });
  const { images } = promoted;
  if (settings.mirrors.length > 0) new Mirrors("mirrors", { settings, images: promoted.released });
  return { images, ...(cloud === undefined ? {} : { cloud: cloud.facts }) };
}

/** Pulumi runs it and takes what it returns as the stack's outputs. A problem of the input needs no stack trace. */
export = () =>
  program().catch((error: unknown) => {
    throw error instanceof ProblemsError ? new pulumi.RunError(error.message) : error;
  });
