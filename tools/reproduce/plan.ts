import { loadCatalogue } from "../../domain/catalogue/load.js";
import { parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import { buildGraph } from "../../domain/graph/build.js";
import { loadDockerfiles } from "../../domain/graph/load.js";
import type { Dependency, VariantNode } from "../../domain/graph/types.js";
import type { Pin } from "../../domain/pins/types.js";
import { buildPlan } from "../../domain/plan/build-plan.js";
import { loadRevisions } from "../../domain/plan/load-revisions.js";
import { loadSources } from "../../domain/plan/load-sources.js";
import { foldersOf } from "../../domain/plan/revisions.js";
import type { BuildPlan } from "../../domain/plan/types.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import { contradictions } from "../../domain/reproduction/contradictions.js";
import type { PinnedImage, RecordedBuild } from "../../domain/reproduction/recorded-build.js";

/**
 * The plan of one image from a checkout of the recorded commit, in which every name means what the record says: locks,
 * states and other images of the checkout pin nothing.
 *
 * @param root absolute path of the checkout
 * @param locate where a material lies now
 * @throws ProblemsError where the checkout does not hold the image as it was recorded
 */
export async function planRecorded(
  root: string,
  build: RecordedBuild,
  locate: (material: PinnedImage) => string,
): Promise<BuildPlan> {
  const catalogue = await loadCatalogue(root, { platforms: build.platforms });
  const dockerfiles = loadDockerfiles(root, catalogue.value);
  const graph = buildGraph(catalogue.value, dockerfiles.value);
  const found = graph.value.nodes.find(({ id }) => id === build.image);
  const problems = [...catalogue.problems, ...dockerfiles.problems, ...graph.problems];
  if (found === undefined) throw refusal(build, problems);

  const node = asRecorded(found, build);
  const { value: plan } = buildPlan({
    catalogue: catalogue.value,
    graph: { ...graph.value, nodes: [node] },
    pins: pinsOf(node, build, locate),
    settings: { stack: "reproduce", source: build.source, with: [build.image], only: [] },
    sources: await loadSources(root, graph.value),
    revisions: await loadRevisions(root, [foldersOf(node)]),
  });
  const [planned] = plan.images;
  if (planned === undefined) throw refusal(build, [...problems, ...missingMaterials(node, build)]);
  const contradicting = contradictions(planned, build);
  if (contradicting.length > 0) throw refusal(build, contradicting);
  return plan;
}

/** Whatever it stands on is taken by digest, as if others had made it. */
function asRecorded(node: VariantNode, { platforms }: RecordedBuild): VariantNode {
  const dependencies = node.dependencies.map((dependency): Dependency => {
    const { reference } = dependency;
    // The recorded commit has its files.
    if (dependency.kind === "mixin") return dependency;
    return { kind: "external", name: logicalName(dependency), reference };
  });
  return { ...node, image: { ...node.image, platforms }, dependencies };
}

/** What the label `base.name` says. */
function logicalName(dependency: Dependency): string {
  switch (dependency.kind) {
    case "managed":
      return dependency.id;
    case "pool":
    case "mixin":
      return `${dependency.kind}/${dependency.name}`;
    case "external":
      return dependency.name;
  }
}

function pinsOf(
  node: VariantNode,
  build: RecordedBuild,
  locate: (material: PinnedImage) => string,
): ReadonlyMap<string, Pin> {
  const pins = new Map<string, Pin>();
  for (const dependency of node.dependencies) {
    const material = recorded(dependency, build);
    if (material === undefined || dependency.kind !== "external") continue;
    const { digest } = material;
    pins.set(dependency.name, { repository: locate(material), digest, platforms: build.platforms });
  }
  const syntax = node.dockerfile.references.find(({ instruction }) => instruction === "SYNTAX")?.resolution;
  if (syntax?.kind === "image") {
    const name = parseImageName(syntax.name);
    const frontend = build.materials.find(
      ({ repository }) => name !== undefined && repository === repositoryName(name),
    );
    if (frontend !== undefined) {
      pins.set(syntax.name, { repository: locate(frontend), digest: frontend.digest, platforms: build.platforms });
    }
  }
  return pins;
}

function recorded({ reference: { resolution } }: Dependency, { contexts }: RecordedBuild): PinnedImage | undefined {
  return resolution.kind === "image" ? contexts.get(resolution.familiar) : undefined;
}

function missingMaterials(node: VariantNode, build: RecordedBuild): readonly Problem[] {
  return node.dependencies
    .filter((dependency) => dependency.kind !== "mixin" && recorded(dependency, build) === undefined)
    .map(({ reference: { place, written } }) => ({
      place,
      message: `the provenance does not say what "${written}" was.`,
      remedy: "Build and release the image anew; this release cannot be reproduced.",
    }));
}

function refusal({ image, revision }: RecordedBuild, problems: readonly Problem[]): ProblemsError {
  const subject = `${image} at commit ${revision.slice(0, 12)}`;
  const file = "bases/ and images/";
  const message = `there is no image ${image} in this commit.`;
  const remedy = "Its provenance is of another repository, or names another commit.";
  return new ProblemsError(subject, problems.length > 0 ? problems : [{ place: { file }, message, remedy }]);
}
