import type { Checked, Place, Problem } from "../problems.js";
import { didYouMean } from "../suggest.js";
import { readYaml } from "../yaml/check.js";
import { formatPath, placeOf, type YamlDocument } from "../yaml/document.js";
import { type Defaults, overrideRebuild } from "./managed.js";
import { nameProblem } from "./names.js";
import { type EnrolledYaml, imagesSchema, type RebuildYaml } from "./schema.js";
import type { ExternalImage, IncludedCatalogue, RemoteImage } from "./types.js";

export const imagesFile = "images.yaml";

/** What `images.yaml` says. */
export interface Enrolled {
  readonly defaults: Defaults;
  readonly externals: readonly ExternalImage[];
  readonly remotes: readonly RemoteImage[];
  readonly includes: readonly IncludedCatalogue[];
  /** Rebuild policies of folders, by the folder's name. */
  readonly overrides: ReadonlyMap<string, RebuildYaml>;
}

/** Reads `images.yaml`; `folders` are the names enrolled by convention, `fallback` what holds where the file sets no default. */
export function readEnrolled(text: string, folders: ReadonlySet<string>, fallback: Defaults): Checked<Enrolled> {
  const { data = imagesSchema.parse({}), document, problems: found } = readYaml(imagesSchema, imagesFile, text);
  const problems = [...found];
  const defaults = {
    platforms: data.defaults.platforms ?? fallback.platforms,
    rebuild: overrideRebuild(fallback.rebuild, data.defaults.rebuild),
  };
  const externals: ExternalImage[] = [];
  const remotes: RemoteImage[] = [];
  const overrides = new Map<string, RebuildYaml>();
  for (const [index, entry] of data.images.entries()) {
    const place = placeOf(document, ["images", index]);
    const { name, repoURL, source } = entry;
    const rebuild = overrideRebuild(defaults.rebuild, entry.rebuild);
    problems.push(...entryProblems(entry, index, document, folders));
    if (repoURL === undefined) {
      if (overrides.has(name)) problems.push(secondPolicy(name, placeOf(document, ["images", index])));
      overrides.set(name, entry.rebuild);
      continue;
    }
    const allowTags = entry.allowTags === undefined ? {} : { allowTags: entry.allowTags };
    if (source !== undefined) remotes.push({ name, repoURL, source, rebuild, ...allowTags, place });
    else {
      const platform = entry.platform === undefined ? {} : { platform: entry.platform };
      externals.push({ name, repoURL, ...allowTags, ...platform, rebuild, place });
    }
  }
  const includes = data.catalogues.map(({ name, wait, ...included }, index) => ({
    ...included,
    name: name ?? nameOf(included.repository),
    waitMs: wait,
    place: placeOf(document, ["catalogues", index]),
  }));
  problems.push(...includeProblems(includes));
  return { value: { defaults, externals, remotes, includes, overrides }, problems };
}

/** `data-images` of `https://github.com/example/data-images.git`. */
function nameOf(repository: string): string {
  return (
    repository
      .replace(/\/+$/, "")
      .split(/[/:]/)
      .at(-1)
      ?.replace(/\.git$/, "")
      .toLowerCase() ?? ""
  );
}

/** Names tell catalogues apart, and a repository that two of them release to would be two images. */
function includeProblems(includes: readonly IncludedCatalogue[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [index, { name, place, registry }] of includes.entries()) {
    const unfit = nameProblem(name);
    if (unfit !== undefined)
      problems.push({ place, message: `name ${unfit.message}`, remedy: "Give it one: name: data." });
    const earlier = includes.slice(0, index);
    if (earlier.some((other) => other.name === name)) {
      problems.push({
        place,
        message: `another catalogue is called "${name}" already.`,
        remedy: "Give it another name.",
      });
    }
    if (earlier.some((other) => other.registry === registry)) {
      const message = `another catalogue releases to ${registry} already.`;
      problems.push({ place, message, remedy: "Correct registry: each team has its own." });
    }
  }
  return problems;
}

function secondPolicy(name: string, place: Place): Problem {
  return { place, message: `"${name}" stands twice in the list.`, remedy: "Remove one of the two." };
}

/** The three shapes of an entry: `repoURL`, `repoURL` with `source`, or the `rebuild` policy of a folder. */
function entryProblems(
  entry: EnrolledYaml,
  index: number,
  document: YamlDocument,
  folders: ReadonlySet<string>,
): readonly Problem[] {
  const at = (key?: string) => placeOf(document, key === undefined ? ["images", index] : ["images", index, key]);
  const { name, repoURL, source, platform, allowTags } = entry;
  if (repoURL !== undefined) {
    if (source === undefined || platform === undefined) return [];
    const remedy = "Remove platform; its own catalogue names the platforms.";
    return [
      { place: at("platform"), message: `"${name}" has a source, so it cannot be limited to one platform.`, remedy },
    ];
  }
  if (source !== undefined) {
    const remedy = `Add repoURL, e.g. repoURL: registry.example.com/${name}.`;
    return [{ place: at(), message: `"${name}" has a source, but no repoURL to find it at.`, remedy }];
  }
  const stray = allowTags !== undefined ? "allowTags" : platform !== undefined ? "platform" : undefined;
  if (folders.has(name)) {
    if (stray === undefined) return [];
    const message = `${formatPath(["images", index, stray])} does not apply to a folder here; only rebuild does.`;
    return [{ place: at(stray), message, remedy: `Remove ${stray}.` }];
  }
  const message = `"${name}" has no repoURL, and there is no folder of that name whose policy it could set.`;
  const remedy = `${didYouMean(name, folders)}Add repoURL, or name a folder under bases/ or images/.`;
  return [{ place: at("name"), message, remedy }];
}
