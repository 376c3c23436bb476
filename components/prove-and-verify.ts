import { hash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { builderOf } from "../domain/cloud/buildkit.js";
import type { EvidenceSpec } from "../domain/evidence/spec.js";
import type { Recall } from "../domain/recall/types.js";
import type { AttestedStatement } from "../domain/verification/types.js";
import { Evidence } from "../provider/sdk/evidence.js";
import { VerifiedImage } from "../provider/sdk/verified-image.js";
import type { ManagedImageArgs } from "./build-and-release.js";

/** What stands between an image's build and its release. */
export interface ProofArgs extends EvidenceSpec {
  /** Public keys (PEM) that count. */
  readonly verificationKeys: readonly string[];
  readonly recalls: readonly Recall[];
}

export interface Proven {
  readonly digest: pulumi.Output<string>;
  /** Digests of the manifests that attach the evidence, sorted. */
  readonly attested: pulumi.Output<readonly AttestedStatement[]>;
  /** Public keys (PEM) that count. */
  readonly verificationKeys: readonly string[];
}

/**
 * The two resources between an image's build and its release: the evidence that is attached to it in quarantine, and its
 * verification. What comes out is known only when both have been made.
 */
export function proveAndVerify(
  name: string,
  digest: pulumi.Output<string>,
  { planned, settings, releasePlan }: Pick<ManagedImageArgs, "planned" | "settings" | "releasePlan">,
  { tests, scan, verificationKeys, recalls }: ProofArgs,
  parent: pulumi.Resource,
): Proven {
  const { builderId, development, insecureRegistry, registry, signingKey, signingWorkflow, source } = settings;
  const { image, variant } = planned.node;
  const evidence = new Evidence(
    `${name}-evidence`,
    {
      registry,
      insecureRegistry,
      name: planned.id,
      digest,
      builder: builderOf(settings, { id: planned.id, runner: image.runner }),
      builderId,
      build: {
        repository: source,
        revision: planned.revision,
        image: planned.id,
        dockerfile: image.dockerfile,
        ...(variant.target === undefined ? {} : { target: variant.target }),
        buildArgs: planned.buildArgs,
        platforms: image.platforms,
        secrets: image.secrets.map(({ id }) => id),
        buildId: planned.buildId,
      },
      tests,
      testsHash: tests.hash,
      scan,
      ...(image.sizeBudget === undefined ? {} : { sizeBudget: image.sizeBudget }),
      ...(image.growthBudget === undefined ? {} : { growthBudget: image.growthBudget }),
      ...(releasePlan.tags?.head === undefined ? {} : { releaseTag: releasePlan.tags.head }),
      owner: image.owner ?? new URL(source).host,
      suppliers: image.suppliers ?? {},
      signingKey,
      ...(signingWorkflow === undefined ? {} : { signingWorkflow }),
      verificationKeys,
    },
    { parent, retainOnDelete: true },
  );
  const verified = new VerifiedImage(
    `${name}-verified`,
    {
      reference: pulumi.interpolate`${registry}/candidate/${planned.id}@${evidence.digest}`,
      insecureRegistry,
      keys: verificationKeys,
      builders: [builderId],
      sources: [source],
      requiredPlatforms: image.platforms,
      development,
      scan: scan.policy,
      recalls,
      evidence: evidence.attested.apply((attested) => hash("sha256", JSON.stringify(attested))),
    },
    { parent, retainOnDelete: true },
  );
  return { digest: verified.digest, attested: evidence.attested, verificationKeys };
}
