import { familiarName, parseImageName, repositoryName } from "../domain/dockerfile/image-name.js";
import type { Destination, Source } from "../domain/policy/facts.js";
import { isRemoteSource, pinnedCommit, pinnedSource } from "../domain/policy/sources.js";
import { known } from "./known.js";

/** The inputs of a `docker-build:index:Image` as a policy sees them: touching an unknown value throws. */
export interface ImageInputs {
  readonly context?: {
    readonly location?: string;
    readonly named?: Readonly<Record<string, { readonly location: string }>>;
  };
  readonly dockerfile?: { readonly location?: string; readonly inline?: string };
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly network?: string;
  readonly target?: string;
  readonly tags?: readonly string[];
  readonly exports?: readonly ExportInputs[];
  readonly cacheFrom?: readonly CacheInputs[];
  readonly cacheTo?: readonly CacheInputs[];
}

interface ExportInputs {
  readonly raw?: string;
  readonly image?: { readonly names?: readonly string[] };
  readonly registry?: { readonly names?: readonly string[] };
}

interface CacheInputs {
  readonly raw?: string;
  readonly registry?: { readonly ref?: string };
}

/** A mapping's values by name, each undefined where only the update knows it; undefined for a mapping that is unknown as a whole. */
export function knownValues(
  read: () => Readonly<Record<string, string>> | undefined,
): ReadonlyMap<string, string | undefined> | undefined {
  const values = known(() => read() ?? {});
  return values && new Map(Object.keys(values).map((name) => [name, known(() => values[name])]));
}

/** The named contexts; those that are unknown as a whole are none. */
export function namedContexts(inputs: ImageInputs): readonly { readonly name: string; readonly source: Source }[] {
  const named = known(() => inputs.context?.named ?? {}) ?? {};
  return Object.keys(named).map((key) => {
    const parsed = parseImageName(key);
    // As buildx does, before BuildKit sees it.
    const name = parsed === undefined ? key : familiarName(parsed);
    return { name, source: sourceAt(known(() => named[key]?.location)) };
  });
}

/** What a context's location leads to. */
export function sourceAt(location: string | undefined): Source {
  if (location === undefined) return { kind: "later" };
  const image = /^docker-image:\/\/(.*)$/s.exec(location)?.[1];
  if (image !== undefined) return pinnedSource(image) ?? { kind: "floating", found: location };
  const isKnownByContent = location.startsWith("oci-layout://")
    ? /@sha256:[0-9a-f]{64}$/.test(location)
    : !isRemoteSource(location) || pinnedCommit(location);
  return isKnownByContent ? { kind: "content" } : { kind: "floating", found: location };
}

/** Every repository that the build names for its result and for its cache. */
export function destinationsOf(inputs: ImageInputs): readonly Destination[] {
  return [...destinations(inputs)].map(({ purpose, name }) => {
    const parsed = parseImageName(name);
    return { purpose, repository: parsed === undefined ? name : repositoryName(parsed) };
  });
}

interface NamedDestination {
  readonly purpose: Destination["purpose"];
  readonly name: string;
}

function* destinations(inputs: ImageInputs): Generator<NamedDestination> {
  for (const name of elements(() => inputs.tags)) yield { purpose: "tag", name };
  for (const each of elements(() => inputs.exports)) {
    const names = [
      ...elements(() => each.image?.names),
      ...elements(() => each.registry?.names),
      ...rawValues(
        known(() => each.raw),
        "name",
      ),
    ];
    for (const name of names) yield { purpose: "export", name };
  }
  for (const each of [...elements(() => inputs.cacheFrom), ...elements(() => inputs.cacheTo)]) {
    const ref = known(() => each.registry?.ref);
    for (const name of [
      ...(ref === undefined ? [] : [ref]),
      ...rawValues(
        known(() => each.raw),
        "ref",
      ),
    ]) {
      yield { purpose: "cache", name };
    }
  }
}

/** The elements of a list that are known. */
function elements<T>(read: () => readonly T[] | undefined): readonly T[] {
  const list = known(read) ?? [];
  return [...list.keys()].flatMap((index) => known(() => list[index]) ?? []);
}

/** Values of a key in BuildKit's comma-separated form, where a quoted field may hold commas: `type=image,"name=a,b"`. */
function rawValues(raw: string | undefined, key: string): readonly string[] {
  const fields = raw?.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
  return fields
    .map((field) => field.replace(/^"|"$/g, ""))
    .filter((field) => field.startsWith(`${key}=`))
    .flatMap((field) => field.slice(key.length + 1).split(","));
}
