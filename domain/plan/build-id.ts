import { hash } from "node:crypto";

/** Everything that a build's digest depends on, the builder's own version left out: it is pinned, and a change of it rebuilds all. */
export interface BuildInputs {
  /** Text of the generated Dockerfile, the frontend pinned in it. */
  readonly dockerfile: string;
  readonly contextHash: string;
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
  /** What each name in the Dockerfile means: the digest of a pin or a pool, the buildId of an image that we build. */
  readonly references: readonly (readonly [name: string, identity: string])[];
}

/** Changes whenever the encoding or what a build does with its inputs changes. */
const VERSION = "image-factory build 1";

/** sha256 (hex) over a canonical encoding, in which no order of properties counts. */
export function buildId(inputs: BuildInputs): string {
  return hash(
    "sha256",
    field(VERSION) +
      field(inputs.dockerfile) +
      field(inputs.contextHash) +
      list(inputs.target === undefined ? [] : [inputs.target]) +
      list(inputs.platforms) +
      record(inputs.args) +
      record(inputs.labels) +
      list(inputs.secrets.toSorted()) +
      field(inputs.network) +
      list(inputs.references.map(([name, identity]) => field(name) + field(identity)).sort()),
  );
}

/** sha256 (hex) over an image's own files: it changes when they do, and not with what the image stands on. */
export function sourceHash({ dockerfile, contextHash }: Pick<BuildInputs, "dockerfile" | "contextHash">): string {
  return hash("sha256", field(dockerfile) + field(contextHash));
}

/** Its length stands before a text, so that no other texts give the same encoding. */
function field(text: string): string {
  return `${text.length}:${text}`;
}

function list(texts: readonly string[]): string {
  let encoded = `${texts.length};`;
  for (const text of texts) encoded += field(text);
  return encoded;
}

function record(entries: Readonly<Record<string, string>>): string {
  const keys = Object.keys(entries).sort();
  let encoded = `${keys.length};`;
  for (const key of keys) encoded += field(key) + field(entries[key] ?? "");
  return encoded;
}
