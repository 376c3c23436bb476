import { relative, resolve } from "node:path";
import type { ManagedImage } from "../domain/catalogue/types.js";
import { parseDockerfile } from "../domain/dockerfile/parse.js";
import { findTarget, reachable } from "../domain/dockerfile/reachable.js";
import type { Reference } from "../domain/dockerfile/types.js";
import type { BuildFacts, Use } from "../domain/policy/facts.js";
import { lineagesOf } from "../domain/policy/lineage.js";
import { placeOfSettings } from "../domain/policy/place.js";
import { isRemoteSource, pinnedSource } from "../domain/policy/sources.js";
import type { Checked, Problem } from "../domain/problems.js";
import { readText } from "./files.js";
import { destinationsOf, type ImageInputs, knownValues, namedContexts, sourceAt } from "./image-inputs.js";
import { known } from "./known.js";
import type { Project } from "./project.js";

/**
 * What the rules look at, derived anew from the text that BuildKit will read and from the inputs of the resource; nothing that
 * a component says of itself is used. Without a readable Dockerfile there are no facts, only problems.
 *
 * @param name the resource's name, for images that the catalogue does not hold
 */
export function factsOfImage(name: string, inputs: ImageInputs, project: Project): Checked<BuildFacts | undefined> {
  const location = known(() => inputs.context?.location);
  const folder = location === undefined || isRemoteSource(location) ? undefined : location;
  const found = readDockerfile(name, inputs, folder, project);
  if ("message" in found) return { value: undefined, problems: [found] };
  const { text, file, image } = found;

  const platforms = known(() => [...(inputs.platforms ?? [])]);
  const args = knownValues(() => inputs.buildArgs) ?? new Map<string, string | undefined>();
  const values = Object.fromEntries([...args].flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  const { value: dockerfile, problems } = parseDockerfile(text, file, values, platforms ?? []);
  const target = findTarget(dockerfile, inputs.target || undefined, { file });
  const blocking = [...problems, ...target.problems];
  if (target.value === undefined || blocking.length > 0) return { value: undefined, problems: blocking };

  const place = placeOfSettings(image, dockerfile, target.value);
  const references = reachable(dockerfile, target.value);
  const reached = new Set(references.map(({ stage }) => stage));
  const contexts = namedContexts(inputs);
  const facts: BuildFacts = {
    id: image?.name ?? name,
    place,
    dockerfile,
    stages: dockerfile.stages.filter(({ index }) => reached.has(index)),
    lineages: lineagesOf(dockerfile, target.value, platforms ?? [], project.findBase),
    uses: references.flatMap((reference) => useOf(reference, contexts, project)),
    contexts,
    context: sourceAt(location),
    platforms,
    ...(image && { declaredPlatforms: image.platforms }),
    buildArgs: [...args].map(([key, value]) => ({ name: key, value, place })),
    labels: knownValues(() => inputs.labels),
    network: known(() => inputs.network || "default"),
    ...(image?.network && { networkException: image.network }),
    destinations: destinationsOf(inputs),
  };
  return { value: facts, problems: [] };
}

interface FoundDockerfile {
  readonly text: string;
  /** As people know it: the author's file where this is a copy of it. */
  readonly file: string;
  /** The image of the catalogue that this is a build of. */
  readonly image?: ManagedImage;
}

function readDockerfile(
  name: string,
  { dockerfile }: ImageInputs,
  folder: string | undefined,
  project: Project,
): FoundDockerfile | Problem {
  const image = folder === undefined ? undefined : project.imageIn(folder);
  // The provider's Check fills what is not given with empty text.
  const inline = dockerfile?.inline || undefined;
  const location = dockerfile?.location || (folder === undefined ? undefined : `${folder}/Dockerfile`);
  const path = location === undefined || isRemoteSource(location) ? undefined : resolve(project.root, location);
  const text = inline ?? (path === undefined ? undefined : readText(path));
  const file =
    inline === undefined && path !== undefined ? relative(project.root, path) : `inline Dockerfile of ${name}`;
  if (text === undefined) {
    const message = `the Dockerfile of ${name} is ${location ?? "unknown"}, which cannot be read here; allowed is a file of this project.`;
    return { place: { file: location ?? name }, message, remedy: "Build from a Dockerfile in the project's folder." };
  }
  const author = image === undefined ? undefined : readText(resolve(project.root, image.dockerfile));
  if (image === undefined || author === undefined || withoutFrontend(author) !== withoutFrontend(text))
    return { text, file };
  return { text, file: image.dockerfile, image };
}

/** The factory's copies differ from the author's file in the digest of the frontend alone, line for line. */
function withoutFrontend(text: string): string {
  return text.replace(/^#\s*syntax\s*=.*$/im, "");
}

function useOf(reference: Reference, contexts: BuildFacts["contexts"], project: Project): readonly Use[] {
  const { resolution, instruction } = reference;
  if (resolution.kind === "stage" || resolution.kind === "scratch") return [];
  if (resolution.kind === "unresolved") return [{ reference }];
  // BuildKit does not look for a named context for its frontend.
  const replaced = instruction === "SYNTAX" ? undefined : contexts.find((each) => each.name === resolution.familiar);
  const source = replaced?.source ?? pinnedSource(resolution.name);
  if (source?.kind !== "digest") return [source === undefined ? { reference } : { reference, source }];
  const platforms = project.platformsOf(source.digest);
  return [{ reference, source: platforms === undefined ? source : { ...source, platforms } }];
}
