import { loadCatalogue } from "../../domain/catalogue/load.js";
import type { Platform } from "../../domain/catalogue/types.js";
import { fullName, type ImageName, parseImageName, repositoryName } from "../../domain/dockerfile/image-name.js";
import { buildGraph } from "../../domain/graph/build.js";
import { loadDockerfiles } from "../../domain/graph/load.js";
import { type Candidate, neededPlatforms, pinState, warehouseOf } from "../../domain/pins/pin.js";
import { isAllowedRegistry } from "../../domain/pins/registries.js";
import { type Problem, ProblemsError } from "../../domain/problems.js";
import type { Settings } from "../../domain/settings/types.js";
import { stateFileName } from "../../domain/state/file-name.js";
import type { ImageState } from "../../domain/state/types.js";
import { openStateStore } from "../../tools/rebuild/open-store.js";
import { type LookUp, lookUp } from "./registry.js";

export interface PinRequest {
  /** Absolute path of the project. */
  readonly root: string;
  /** As a Dockerfile names them. */
  readonly names: readonly string[];
  /** Wanted instead of what the tag means now; goes with a single name. */
  readonly digest?: string;
  readonly settings: Settings;
  /** Absolute path of crane. */
  readonly crane: string;
  readonly now: Date;
}

export interface WrittenPin {
  /** The state file, relative to the root. */
  readonly file: string;
  /** `repository@sha256:...`. */
  readonly pin: string;
}

/**
 * Looks up every name and writes its state: all of them, or none.
 * @throws ProblemsError
 */
export async function pinImages(request: PinRequest): Promise<readonly WrittenPin[]> {
  const { root, names, settings, now } = request;
  const at = `${now.toISOString().slice(0, 19)}Z`;
  // What is wrong with the catalogue is for `factory plan` to say: this pin may be what it waits for.
  const { value: catalogue } = await loadCatalogue(root, settings);
  const { value: graph } = buildGraph(catalogue, loadDockerfiles(root, catalogue).value);
  const problems: Problem[] = [];
  const store = await openStateStore(root, settings);
  const pins: ((states: ReadonlyMap<string, ImageState>) => ImageState)[] = [];
  const written: WrittenPin[] = [];
  for (const name of names) {
    const image = parseImageName(name);
    const problem = nameProblem(name, image, settings);
    if (image?.tag === undefined || problem !== undefined) {
      problems.push(problem ?? digestProblem(name));
      continue;
    }
    const tagged = { ...image, tag: image.tag };
    const found = await lookUp(request.crane, tagged, request.digest, isInsecure(image, settings));
    if (found.kind === "refused") {
      problems.push(refusal(name, found));
      continue;
    }
    const { candidate } = found;
    const needed = neededPlatforms(fullName(image), graph, settings.platforms);
    const missing = needed.filter((platform) => !candidate.platforms.includes(platform));
    if (missing.length > 0) {
      problems.push(incomplete(name, candidate, missing));
      continue;
    }
    const full = fullName(image);
    pins.push((states) => pinState(tagged, states.get(full), warehouseOf(image, catalogue), candidate, at));
    const file = `${settings.state}/${stateFileName(full)}`;
    written.push({ file, pin: `${repositoryName(image)}@${candidate.digest}` });
  }
  if (problems.length > 0) throw new ProblemsError("the names to pin", problems);
  await store.update(`Pin ${names.join(", ")}`, (states) => pins.map((pin) => pin(states)));
  return written;
}

function nameProblem(name: string, image: ImageName | undefined, { allowedRegistries }: Settings): Problem | undefined {
  const place = { file: name };
  if (image === undefined) {
    const remedy = "Write it as a Dockerfile does, e.g. nginx:1.29 or ghcr.io/team/tool:2.";
    return { place, message: `"${name}" is no image name.`, remedy };
  }
  if (image.digest !== undefined) return digestProblem(name);
  if (image.domain === "factory.invalid") {
    const remedy = "Nothing to do: what is built here is pinned by the program.";
    return { place, message: `"${name}" is built here, not pulled.`, remedy };
  }
  if (isAllowedRegistry(repositoryName(image), allowedRegistries)) return undefined;
  const allowed = allowedRegistries.length === 0 ? "none" : allowedRegistries.join(", ");
  const message = `"${image.domain}" is not allowed. Allowed registries: ${allowed}.`;
  return { place, message, remedy: "Use one of them, or add it to factory:allowedRegistries in the stack's file." };
}

function digestProblem(name: string): Problem {
  const [tagged = "", digest = ""] = name.split("@");
  const remedy = `Type: npx factory pin ${tagged} --digest ${digest}`;
  return { place: { file: name }, message: "a digest stands in the name, where no tag tells what it is.", remedy };
}

function refusal(name: string, { reason, unknown }: Extract<LookUp, { kind: "refused" }>): Problem {
  const message = unknown ? `the registry does not have it (${reason}).` : `the registry did not answer (${reason}).`;
  const remedy = unknown
    ? "Correct the name or the tag; a private repository may also hide behind this answer: log in to it."
    : "Check the network and the registry's name, log in where it asks for it, and try again.";
  return { place: { file: name }, message, remedy };
}

function incomplete(name: string, { digest, platforms }: Candidate, missing: readonly Platform[]): Problem {
  const offered = platforms.length === 0 ? "no platform" : platforms.join(", ");
  const message = `${digest} offers ${offered}; images here also need ${missing.join(", ")}.`;
  const remedy = "Pin a tag or digest whose index has them all, or declare fewer platforms in the images' image.yaml.";
  return { place: { file: name }, message, remedy };
}

/** The stack's own registry as its settings say; others over HTTPS, loopback ones as crane does it by itself. */
function isInsecure({ domain }: ImageName, { registry, insecureRegistry }: Settings): boolean {
  return insecureRegistry && registry.split("/")[0] === domain;
}
