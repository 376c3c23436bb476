import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contextOf } from "../catalogue/types.js";
import type { ImageGraph } from "../graph/types.js";
import { contextSources } from "./context-sources.js";
import { ContextHasher } from "./load-context.js";
import type { ImageSource, Sources } from "./sources.js";

/** Reads and hashes what every image variant takes from its files. */
export async function loadSources(root: string, graph: ImageGraph): Promise<Sources> {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const hasher = new ContextHasher();
  const texts = new Map<string, string>();
  const read = async (file: string): Promise<string> => {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const text = await readFile(join(root, file), "utf8");
    texts.set(file, text);
    return text;
  };
  const sources = new Map<string, ImageSource>();
  for (const node of graph.nodes) {
    const { dockerfile } = node.image;
    const context = contextOf(node.image);
    const authorsIgnore = await firstOf(read, [`${dockerfile}.dockerignore`, `${context}/.dockerignore`]);
    const { ignore, hash, paths } = hasher.snapshot(join(root, context), contextSources(node, nodes), authorsIgnore);
    const mixinHashes = new Map<string, string>();
    for (const { name, files } of node.mixins) {
      if (files !== undefined)
        mixinHashes.set(name, `sha256:${hasher.snapshot(join(root, files), "everything", "").hash}`);
    }
    const text = await read(dockerfile);
    sources.set(node.id, { dockerfile: text, ignore, contextHash: hash, contextPaths: paths, mixinHashes });
  }
  return sources;
}

/** Text of the first file that exists, or the empty text. */
async function firstOf(read: (file: string) => Promise<string>, files: readonly string[]): Promise<string> {
  for (const file of files) {
    try {
      return await read(file);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return "";
}
