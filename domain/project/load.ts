import { loadCatalogue } from "../catalogue/load.js";
import type { Catalogue } from "../catalogue/types.js";
import { loadEvidencePlan } from "../evidence/load-plan.js";
import type { EvidencePlan } from "../evidence/spec.js";
import { buildGraph } from "../graph/build.js";
import { loadDockerfiles } from "../graph/load.js";
import type { ImageGraph } from "../graph/types.js";
import { resolvePins } from "../pins/resolve-pins.js";
import type { Pins } from "../pins/types.js";
import { buildPlan } from "../plan/build-plan.js";
import { loadRevisions } from "../plan/load-revisions.js";
import { loadSecretFiles } from "../plan/load-secret-files.js";
import { loadSources } from "../plan/load-sources.js";
import { foldersOf } from "../plan/revisions.js";
import type { BuildPlan } from "../plan/types.js";
import { checkPolicies, policyConfigOf } from "../policy/check.js";
import type { Checked, Problem } from "../problems.js";
import { planReleases } from "../release/plan.js";
import type { ReleasePlan } from "../release/types.js";
import { loadRollbacks } from "../rollback/load.js";
import type { Settings } from "../settings/types.js";
import { loadState } from "../state/load.js";

/** All that the files of a project say, stage by stage. */
export interface Project {
  readonly catalogue: Catalogue;
  readonly graph: ImageGraph;
  readonly pins: Pins;
  readonly plan: BuildPlan;
  /** What is released of every image of the plan, by id. */
  readonly releases: ReadonlyMap<string, ReleasePlan>;
  /** What every image variant of the graph has to show before it is released. */
  readonly evidence: EvidencePlan;
}

/**
 * Reads a project from its files to its build plan and applies the policy rules to it. What is wrong at any stage is
 * reported together; the later stages work with what the earlier ones understood.
 *
 * @param root absolute path of the project
 * @param today date `YYYY-MM-DD` (UTC): exceptions from the rules expire
 */
export async function loadProject(root: string, settings: Settings, today: string): Promise<Checked<Project>> {
  const catalogue = await loadCatalogue(root, settings);
  const dockerfiles = loadDockerfiles(root, catalogue.value);
  const graph = buildGraph(catalogue.value, dockerfiles.value);
  const [states, sources, revisions, evidence, rollbacks] = await Promise.all([
    loadState(root, settings.state),
    loadSources(root, graph.value),
    loadRevisions(root, graph.value.nodes.map(foldersOf)),
    loadEvidencePlan(root, settings, graph.value.nodes, today),
    loadRollbacks(root),
  ]);
  const pins = resolvePins(graph.value, states.value, settings);
  const plan = buildPlan({
    catalogue: catalogue.value,
    graph: graph.value,
    pins: pins.value,
    settings,
    sources,
    revisions,
  });
  const releases = planReleases(plan.value, settings, rollbacks.value);
  return {
    value: {
      catalogue: catalogue.value,
      graph: graph.value,
      pins: pins.value,
      plan: plan.value,
      releases: releases.value,
      evidence: evidence.value,
    },
    problems: [
      ...[catalogue, dockerfiles, graph, states, pins, plan, evidence, rollbacks, releases].flatMap(
        ({ problems }) => problems,
      ),
      ...(settings.development ? [] : revisions.cutOff.map(cutOffProblem)),
      ...loadSecretFiles(root, graph.value, sources),
      ...checkPolicies(plan.value, policyConfigOf(settings), today),
    ],
  };
}

function cutOffProblem(directory: string): Problem {
  return {
    place: { file: directory },
    message: "its last commit is not in this clone, which is shallow: revision and time of the image would be wrong.",
    remedy: "Type: git fetch --unshallow (in a workflow: fetch-depth: 0 at actions/checkout).",
  };
}
