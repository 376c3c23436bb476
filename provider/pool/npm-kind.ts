import type { NpmPayload } from "../../domain/lock/types.js";
import { NpmError, packTarball } from "./npm-client.js";
import { unpackTarball, withDirectories } from "./npm-tree.js";
import { type CachedPayload, type LayerSource, PayloadGoneError, type PayloadKind } from "./payload-kind.js";
import type { TarEntry } from "./tar-entry.js";

/** Where the packages of an npm lockfile lie in a pool image, laid out as the lockfile says. */
export const npmTrees = {
  /** What the application needs when it runs. */
  production: "/npm",
  /** What only its build needs; copied over the other tree it completes it. */
  development: "/npm/development",
} as const;

/** npm packages, unpacked where the lock says. */
export const npmKind: PayloadKind<NpmPayload> = { kind: "npm", download, layers };

async function download(payload: NpmPayload, destination: string, signal?: AbortSignal): Promise<void> {
  const spec = `${payload.name}@${payload.version}`;
  try {
    await packTarball(spec, destination, signal);
  } catch (error) {
    if (error instanceof NpmError && error.notFound) throw new PayloadGoneError(payload, spec);
    throw error;
  }
}

/** Bytes from which on a package is a layer of its own, so that a relock of the others does not move it. */
const largePackage = 16 << 20;

/** One layer for each package that is large or unpacked on its own; one for each tree of a lockfile, which has hundreds. */
function layers(payloads: readonly CachedPayload<NpmPayload>[]): readonly LayerSource[] {
  const sources: LayerSource[] = [];
  const trees = new Map<string, CachedPayload<NpmPayload>[]>();
  for (const cached of payloads) {
    const root = cached.payload.size < largePackage ? treeOf(cached.payload) : undefined;
    if (root === undefined) sources.push(layerOf(`${cached.payload.name} ${cached.payload.version}`, [cached]));
    else trees.set(root, [...(trees.get(root) ?? []), cached]);
  }
  for (const [root, members] of trees) sources.push(layerOf(`${members.length} npm packages in ${root}`, members));
  return sources;
}

function treeOf({ unpackTo }: NpmPayload): string | undefined {
  const marker = unpackTo.indexOf("/node_modules/");
  const root = unpackTo.slice(0, marker);
  return root === npmTrees.production || root === npmTrees.development ? root : undefined;
}

function layerOf(title: string, members: readonly CachedPayload<NpmPayload>[]): LayerSource {
  return { title, entries: () => withDirectories(filesOf(members)) };
}

async function* filesOf(members: readonly CachedPayload<NpmPayload>[]): AsyncIterable<TarEntry> {
  for (const { payload, file } of members) yield* await unpackTarball(file, payload.unpackTo.replace(/^\//, ""));
}
