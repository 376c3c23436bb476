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
 * between, and the Dockerfile last, as only it may hold a NUL itself (`domain/yaml` refuses them).
 */
export function buildId(inputs: BuildInputs): string {
  const { args, labels, platforms, secrets, references } = inputs;
  let texts = `${inputs.context}\0${inputs.network}\0${inputs.compression}\0${inputs.target ?? ""}\0`;
  for (const platform of platforms) texts += `${platform}\0`;
  const [argTexts, argCount] = encodeRecord(args);
  const [labelTexts, labelCount] = encodeRecord(labels);
  texts += argTexts + labelTexts;
  for (const secret of secrets.length < 2 ? secrets : secrets.toSorted()) texts += `${secret}\0`;
  for (const { name, identity } of references) texts += `${name}\0${identity}\0`;
  const counts = `${platforms.length} ${argCount} ${labelCount} ${secrets.length} ${references.length}`;
  return hash("sha256", `${VERSION}\0${counts}\0${texts}${inputs.dockerfile}`);
}

/** sha256 (hex) over an image's own files: it changes when they do, and not with what the image stands on. */
export function sourceHash(dockerfile: string, contextHash: string): string {
  return hash("sha256", `${contextHash} ${dockerfile}`);
}

/** Names and values by name, and how many there are. */
function encodeRecord(record: Readonly<Record<string, string>>): readonly [texts: string, count: number] {
  let texts = "";
  let count = 0;
  let last = "";
  for (const name in record) {
    if (name < last) return encodeUnsorted(record); // Labels and arguments mostly are: to see that costs less than to sort them.
    last = name;
    texts += `${name}\0${record[name]}\0`;
    count += 1;
  }
  return [texts, count];
}

function encodeUnsorted(record: Readonly<Record<string, string>>): readonly [texts: string, count: number] {
  const names = Object.keys(record).sort();
  return [names.map((name) => `${name}\0${record[name]}\0`).join(""), names.length];
}
