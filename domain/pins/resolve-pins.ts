import { parseImageName, repositoryName } from "../dockerfile/image-name.js";
import type { Reference } from "../dockerfile/types.js";
import type { ImageGraph } from "../graph/types.js";
import type { Checked, Problem } from "../problems.js";
import type { Settings } from "../settings/types.js";
import { stateFileName } from "../state/file-name.js";
import type { ImageState } from "../state/types.js";
import { isAllowedRegistry } from "./registries.js";
import type { Pin, Pins } from "./types.js";

/**
 * The digest of every external image that something we build refers to, the `# syntax=` frontend included.
 * Each is the `adopted` digest of its state; a name without one, a digest written by an author and a registry that is not
 * allowed are problems at every line that mentions them.
 */
export function resolvePins(
  graph: ImageGraph,
  states: ReadonlyMap<string, ImageState>,
  settings: Pick<Settings, "allowedRegistries" | "state">,
): Checked<Pins> {
  const pins = new Map<string, Pin>();
  const problems: Problem[] = [];
  for (const [name, references] of externalReferences(graph)) {
    const parsed = parseImageName(name);
    if (parsed === undefined) throw new RangeError(`the graph holds "${name}", which is no image name`);
    const repository = repositoryName(parsed);
    const { digest } = parsed;
    const adopted = states.get(name)?.adopted;
    const refuse = (rule: string, message: string, remedy: string) => {
      for (const { place } of references) problems.push({ place, message, remedy, rule });
    };
    if (!isAllowedRegistry(repository, settings.allowedRegistries)) {
      const allowed = settings.allowedRegistries.join(", ");
      refuse(
        "allowed-registries",
        `"${name}" comes from a registry that is not allowed. Allowed: ${allowed === "" ? "none" : allowed}.`,
        "Use an image from an allowed registry, or add the registry to factory:allowedRegistries in the stack's configuration.",
      );
    } else if (digest !== undefined) {
      const named = name.slice(0, name.indexOf("@"));
      refuse(
        "pinned-references",
        `"${name}" carries a digest. Authors write names and tags; digests are kept in ${settings.state}/.`,
        `Write "${named}" and type: npx factory pin ${named} --digest ${digest}`,
      );
    } else if (adopted === undefined) {
      refuse(
        "pinned-references",
        `"${name}" is not pinned: ${settings.state}/${stateFileName(name)} has no adopted digest.`,
        `Type: npx factory pin ${name}`,
      );
    } else {
      pins.set(name, { repository, digest: adopted.digest, platforms: adopted.platforms });
    }
  }
  return { value: pins, problems };
}

/** Every mention of each external image, in the order of names, then of the graph; a line is listed once. */
function externalReferences(graph: ImageGraph): ReadonlyMap<string, readonly Reference[]> {
  const found = new Map<string, Map<string, Reference>>();
  const note = (name: string, reference: Reference) => {
    let places = found.get(name);
    if (places === undefined) {
      places = new Map();
      found.set(name, places);
    }
    places.set(`${reference.place.file}:${reference.place.line}`, reference);
  };
  for (const { dependencies, dockerfile } of graph.nodes) {
    for (const dependency of dependencies) {
      if (dependency.kind === "external") note(dependency.name, dependency.reference);
    }
    for (const reference of dockerfile.references) {
      if (reference.instruction === "SYNTAX" && reference.resolution.kind === "image") {
        note(reference.resolution.name, reference);
      }
    }
  }
  return new Map(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, references]) => [name, [...references.values()]]),
  );
}
