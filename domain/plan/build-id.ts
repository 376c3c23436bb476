import { hash } from "node:crypto";

export interface Identity {
  readonly name: string;
  readonly identity: string;
}

/** Everything that a build's digest depends on, the builder's own version left out: it is pinned, and a change of it rebuilds all. */
export interface BuildInputs {
  /** `sourceHash` of the generated Dockerfile, the frontend pinned in it, and of what it sees of the context. */
  readonly source: string;
  readonly target: string | undefined;
  /** In the order of the index. */
  readonly platforms: readonly string[];
  /** `SOURCE_DATE_EPOCH` among them. */
  readonly args: Readonly<Record<string, string>>;
  /** The revision among them: an immutable tag `b-<buildId>` must never mean two digests. */
  readonly labels: Readonly<Record<string, string>>;
  /** Ids only: a rotated secret is no other image. */
  readonly secrets: readonly string[];
  readonly network: "none" | "default";
  /** What each name in the Dockerfile means: the digest of a pin or a pool, the buildId of an image that we build. Sorted by name. */
  readonly references: readonly Identity[];
}

/** Changes whenever the encoding or what a build does with its inputs changes. */
const VERSION = "image-factory build 1";

/** sha256 (hex) over a canonical encoding, in which no order of properties counts. */
export function buildId(inputs: BuildInputs): string {
  const parts: Parts = [];
  addText(parts, VERSION);
  addText(parts, inputs.source);
  addList(parts, inputs.target === undefined ? [] : [inputs.target]);
  addList(parts, inputs.platforms);
  addRecord(parts, inputs.args);
  addRecord(parts, inputs.labels);
  addList(parts, inputs.secrets.toSorted());
  addText(parts, inputs.network);
  addIdentities(parts, inputs.references);
  return hash("sha256", parts.join(":"));
}

/** sha256 (hex) over an image's own files: it changes when they do, and not with what the image stands on. */
export function sourceHash(dockerfile: string, contextHash: string): string {
  return hash("sha256", `${contextHash} ${dockerfile}`);
}

/**
 * Texts with their lengths and lists with their counts in front, so that no other values give the same bytes. Joined once at
 * the end: a fleet's plan would spend its time on collecting the strings between.
 */
type Parts = (string | number)[];

function addText(parts: Parts, text: string): void {
  parts.push(text.length, text);
}

function addList(parts: Parts, texts: readonly string[]): void {
  parts.push(texts.length);
  for (const text of texts) addText(parts, text);
}

function addRecord(parts: Parts, entries: Readonly<Record<string, string>>): void {
  const keys = sortedKeys(entries);
  parts.push(keys.length);
  for (const key of keys) {
    addText(parts, key);
    addText(parts, entries[key] ?? "");
  }
}

function addIdentities(parts: Parts, identities: readonly Identity[]): void {
  parts.push(identities.length);
  for (const { name, identity } of identities) {
    addText(parts, name);
    addText(parts, identity);
  }
}

/** Labels and arguments are mostly in order already, and to see that costs less than to sort them. */
function sortedKeys(record: Readonly<Record<string, string>>): readonly string[] {
  const keys = Object.keys(record);
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? "") < key) ? keys : keys.sort();
}
