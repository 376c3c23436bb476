import type { Place } from "../problems.js";

/** Keys and indices from the root to a node. */
export type YamlPath = readonly PropertyKey[];

/** Where a node stands: an entry of a mapping at its key, an item of a list at its start. */
export interface YamlNode {
  /** 1-based. */
  readonly line: number;
  /** The text of an unquoted scalar, which its value may not keep (`3.10` is the number 3.1). */
  readonly written?: string;
  /** By key, or by index written as a string. */
  readonly children: ReadonlyMap<string, YamlNode>;
}

/** Plain data and where its parts stand. */
export interface YamlDocument {
  /** Relative to the project's root. */
  readonly file: string;
  /** `undefined` for a text without content. */
  readonly value: unknown;
  /** Absent where nothing is known of lines, as for data that came from elsewhere. */
  readonly root?: YamlNode;
}

/** The place of a node, or of the nearest one above it that exists. */
export function placeOf(document: YamlDocument, path: YamlPath): Place {
  let node = document.root;
  for (const key of path) {
    const child = node?.children.get(String(key));
    if (child === undefined) break;
    node = child;
  }
  return node === undefined ? { file: document.file } : { file: document.file, line: node.line };
}

/** The unquoted text of the scalar at a path. */
export function writtenAt(document: YamlDocument, path: YamlPath): string | undefined {
  let node = document.root;
  for (const key of path) node = node?.children.get(String(key));
  return node?.written;
}

/** `rebuild.delay`, `platforms[1]`, `labels["org.example.team"]`; the empty path is `the file`. */
export function formatPath(path: YamlPath): string {
  if (path.length === 0) return "the file";
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[\w:-]+$/.test(String(key))) text += text === "" ? String(key) : `.${String(key)}`;
    else text += text === "" ? JSON.stringify(String(key)) : `[${JSON.stringify(String(key))}]`;
  }
  return text;
}
