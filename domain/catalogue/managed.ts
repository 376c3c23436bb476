import type { Checked, Problem } from "../problems.js";
import { type ReadYaml, readYaml } from "../yaml/check.js";
import { placeOf, type YamlDocument, type YamlPath } from "../yaml/document.js";
import { folderPath, type ImageFolder } from "./files.js";
import { nameProblem } from "./names.js";
import { type ImageYaml, imageSchema, type RebuildYaml } from "./schema.js";
import type { Smoke } from "./smoke.js";
import type { ManagedImage, Platform, PoolLockSummary, RebuildPolicy, Variant } from "./types.js";

/** What holds where an image says nothing. */
export interface Defaults {
  readonly platforms: readonly Platform[];
  readonly rebuild: RebuildPolicy;
}

const noSettings = imageSchema.parse({});

function nothing(file: string): ReadYaml<ImageYaml> {
  return { data: noSettings, document: { file, value: {} }, problems: [] };
}

/** The image of one folder. An `image.yaml` that is not understood counts as empty, so that only its own problems are reported. */
export function readFolder(folder: ImageFolder, defaults: Defaults, lock?: PoolLockSummary): Checked<ManagedImage> {
  const directory = folderPath(folder);
  const file = `${directory}/image.yaml`;
  const read = folder.imageYaml === undefined ? nothing(file) : readYaml(imageSchema, file, folder.imageYaml);
  const settings = read.data ?? noSettings;
  const dockerfile = `${directory}/Dockerfile`;
  const image: ManagedImage = {
    kind: folder.kind,
    name: folder.name,
    directory,
    ...(settings.context === "project" ? { context: settings.context } : {}),
    dockerfile,
    place: { file: folder.imageYaml === undefined ? dockerfile : file },
    ...describe(settings),
    platforms: settings.platforms ?? defaults.platforms,
    variants: variantsOf(settings, read.document, dockerfile),
    tags: settings.tags,
    runner: settings.runner,
    compression: settings.compression,
    rebuild: overrideRebuild(defaults.rebuild, settings.rebuild),
    labels: settings.labels,
    mixins: settings.mixins.map((name, index) => ({ name, place: placeOf(read.document, ["mixins", index]) })),
    ...(Object.keys(settings.suppliers).length === 0 ? {} : { suppliers: settings.suppliers }),
    secrets: settings.secrets.map((id, index) => ({ id, place: placeOf(read.document, ["secrets", index]) })),
    ...(settings.network === undefined
      ? {}
      : { network: { ...settings.network, place: placeOf(read.document, ["network"]) } }),
    ...(lock === undefined ? {} : { lock }),
  };
  return { value: image, problems: [...folderProblems(folder), ...read.problems] };
}

export function overrideRebuild(policy: RebuildPolicy, { delay, autoRebuild }: RebuildYaml): RebuildPolicy {
  return { delayMs: delay ?? policy.delayMs, autoRebuild: autoRebuild ?? policy.autoRebuild };
}

function describe({
  owner,
  description,
  onDemand,
  scan,
  sizeBudget,
  growthBudget,
}: ImageYaml): Pick<ManagedImage, "owner" | "description" | "onDemand" | "scan" | "sizeBudget" | "growthBudget"> {
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
    ...(onDemand === undefined ? {} : { onDemand }),
    ...(scan === undefined ? {} : { scan }),
    ...(sizeBudget === undefined ? {} : { sizeBudget }),
    ...(growthBudget === undefined ? {} : { growthBudget }),
  };
}

/** The default variant, which is the Dockerfile as it stands, then the named ones sorted. */
function variantsOf(settings: ImageYaml, document: YamlDocument, dockerfile: string): readonly Variant[] {
  const named = Object.keys(settings.variants).sort();
  const smokeOf = (smoke: Smoke | undefined, path: YamlPath) =>
    smoke && { smoke: { ...smoke, place: placeOf(document, path) } };
  const variants: Variant[] = [
    { name: "", args: {}, ...smokeOf(settings.smoke, ["smoke"]), place: { file: dockerfile } },
  ];
  for (const name of named) {
    const variant = settings.variants[name];
    if (variant === undefined) continue;
    const { smoke, ...rest } = variant;
    const path = ["variants", name];
    variants.push({ name, ...rest, ...smokeOf(smoke, [...path, "smoke"]), place: placeOf(document, path) });
  }
  return variants;
}

function folderProblems(folder: ImageFolder): readonly Problem[] {
  const place = { file: folderPath(folder) };
  const problems: Problem[] = [];
  const name = nameProblem(folder.name);
  if (name !== undefined) {
    problems.push({ place, message: name.message, remedy: `Rename the folder. ${name.remedy}` });
  }
  if (!folder.entries.includes("Dockerfile")) problems.push({ place, ...missingDockerfile(folder) });
  if (folder.entries.includes("image.yml")) {
    const message = "image.yml is not read; settings stand in image.yaml.";
    problems.push({ place: { file: `${place.file}/image.yml` }, message, remedy: "Rename it to image.yaml." });
  }
  if (folder.entries.includes("packages.lock.json") && !folder.entries.includes("packages.yaml")) {
    const message = "a lock without packages.yaml: nothing says what it locks.";
    const remedy = "Restore packages.yaml, or remove the lock.";
    problems.push({ place: { file: `${place.file}/packages.lock.json` }, message, remedy });
  }
  return problems;
}

function missingDockerfile(folder: ImageFolder): Pick<Problem, "message" | "remedy"> {
  const meant = folder.entries.find((entry) => /^(dockerfile|containerfile)([.-].*)?$/i.test(entry));
  if (meant !== undefined && !meant.toLowerCase().endsWith(".dockerignore")) {
    return { message: `there is no Dockerfile here, but a file ${meant}.`, remedy: "Rename it to Dockerfile." };
  }
  const remedy = `Add ${folderPath(folder)}/Dockerfile, or remove the folder.`;
  return { message: "there is no Dockerfile in this folder.", remedy };
}
