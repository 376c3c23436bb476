import { hash } from "node:crypto";

export interface Identity {
  readonly name: string;
  readonly identity: string;
}

/** Everything that a build's digest depends on, the builder's own version left out: it is pinned, and a change of it rebuilds all. */
export interface BuildInputs {
  /** Text of the generated Dockerfile, the frontend pinned in it. */
  readonly dockerfile: string;
  /** Hash of what it sees of the context. */
  readonly context: string;
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
  /** Of the layers. */
  readonly compression: string;
  /** What each name in the Dockerfile means: the digest of a pin or a pool, the buildId of an image that we build. Sorted by name. */
  readonly references: readonly Identity[];
}

/** Changes whenever the encoding or what a build does with its inputs changes. */
const VERSION = "image-factory build 2";

/**
 * sha256 (hex) over a canonical encoding, in which no order of properties counts: the counts of all lists, their texts with NULs
 * between, and the Dockerfile last, as only it may hold a NUL itself (`domain/yaml` refuses them). Joined once at the end: a
 * fleet's plan would spend its time on collecting the strings between.
 */
export function buildId(inputs: BuildInputs): string {
  const { args, labels, platforms, secrets, references } = inputs;
  const parts = [VERSION, "", inputs.context, inputs.network, inputs.compression, inputs.target ?? ""];
  for (const platform of platforms) parts.push(platform);
  const argCount = addRecord(parts, args);
  const labelCount = addRecord(parts, labels);
  for (const secret of secrets.toSorted()) parts.push(secret);
  for (const { name, identity } of references) parts.push(name, identity);
  parts[1] = `${platforms.length} ${argCount} ${labelCount} ${secrets.length} ${references.length}`;
  parts.push(inputs.dockerfile);
  return hash("sha256", parts.join("\0"));
}

/** sha256 (hex) over an image's own files: it changes when they do, and not with what the image stands on. */
export function sourceHash(dockerfile: string, contextHash: string): string {
  return hash("sha256", `${contextHash} ${dockerfile}`);
}

/** Names and values by name; how many there are. */
function addRecord(parts: string[], record: Readonly<Record<string, string>>): number {
  const names = Object.keys(record);
  if (!isSorted(names)) names.sort();
  for (const name of names) parts.push(name, record[name] ?? "");
  return names.length;
}

/** Labels and arguments mostly are, and to see that costs less than to sort them. */
function isSorted(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++) if ((names[at - 1] ?? "") > (names[at] ?? "")) return false;
  return true;
}
