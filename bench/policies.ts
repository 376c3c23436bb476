import { performance } from "node:perf_hooks";
import { movingTagFilters, releaseLifecycle } from "../domain/cloud/repositories.js";
import { parseDockerfile } from "../domain/dockerfile/parse.js";
import { buildGraph } from "../domain/graph/build.js";
import type { Pin } from "../domain/pins/types.js";
import { buildPlan } from "../domain/plan/build-plan.js";
import { checkPolicies } from "../domain/policy/check.js";
import { checkResource } from "../domain/policy/resource-rule.js";
import { DEFAULT_REQUIRED_LABELS } from "../domain/policy/rule.js";
import { RESOURCE_RULES } from "../domain/policy/rules.js";
import { generateFleet } from "../test/support/dockerfile-fleet.js";
import { timingOf } from "./rounds.js";
import type { BenchRow } from "./types.js";

const IMAGES = 1_000;
const ROUNDS = 5;
const GOAL_MS = 5_000;

/** 1,000 Dockerfiles of a fleet to a plan, all rules over it, and all rules over the repositories that the cloud gets for it. */
export async function benchPolicies(): Promise<readonly BenchRow[]> {
  const { catalogue, texts } = generateFleet(IMAGES);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    const dockerfiles = new Map(
      [...texts].map(([name, text]) => [name, parseDockerfile(text, `images/${name}/Dockerfile`).value] as const),
    );
    const { value: graph } = buildGraph(catalogue, dockerfiles);
    const { value: plan } = buildPlan({
      catalogue,
      graph,
      pins: new Map(graph.externals.map((name) => [name, pinOf(name)])),
      settings: { stack: "staging", source: "https://git.example/factory", with: [], only: [] },
      sources: new Map(
        [...texts].map(([name, dockerfile]) => [
          name,
          { dockerfile, ignore: "", contextHash: name, contextPaths: [], mixinHashes: new Map() },
        ]),
      ),
      revisions: {
        byDirectory: new Map(
          catalogue.images.map(({ directory }) => [directory, { commit: "0".repeat(40), epoch: 1, dirty: false }]),
        ),
        cutOff: [],
        ignored: new Set(),
      },
    });
    const config = { allowedRegistries: [], requiredLabels: DEFAULT_REQUIRED_LABELS, harmlessNames: [] };
    const found = checkPolicies(plan, config, "2026-11-21");
    const stack = { development: false, registry: "registry.example.com/factory", pinned: [] };
    const wrong = catalogue.images.flatMap(({ name, tags }) => {
      const lifecycle = JSON.stringify(releaseLifecycle({ keepReleases: 100, keepDays: 90 }, ["staging"]));
      const filters = movingTagFilters(tags, "staging", ["staging"]).map((filter) => ({
        filter,
        filterType: "WILDCARD",
      }));
      const encryptionConfigurations = [{ encryptionType: "KMS", kmsKey: "arn" }];
      const immutable = { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters: filters };
      const resources = [
        { type: "aws:ecr/repository:Repository", props: { name, encryptionConfigurations, ...immutable } },
        { type: "aws:ecr/lifecyclePolicy:LifecyclePolicy", props: { repository: name, policy: lifecycle } },
      ];
      return resources.flatMap((resource) =>
        RESOURCE_RULES.flatMap((rule) => checkResource(rule, resource, stack, name)),
      );
    });
    times.push(performance.now() - start);
    if (plan.images.length !== IMAGES || found.length === 0 || wrong.length > 0)
      throw new Error("not what was planned");
  }
  const ours = timingOf(times);
  return [
    {
      name: `plan and all policy rules for ${IMAGES.toLocaleString("en")} images`,
      ours,
      result: `${Math.round(ours.min)} ms`,
      goal: { text: "under 5 s", met: ours.min < GOAL_MS },
      notes:
        "pure functions, from the Dockerfiles' texts; every image has references from registries that are not allowed",
    },
  ];
}

function pinOf(name: string): Pin {
  const repository = name.replace(/:[^:/]+$/, "");
  return { repository, digest: `sha256:${"a".repeat(64)}`, platforms: ["linux/amd64", "linux/arm64"] };
}
