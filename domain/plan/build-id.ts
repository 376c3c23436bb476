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
  const encoding = new Encoding();
  encoding.text(VERSION);
  encoding.text(inputs.source);
  encoding.list(inputs.target === undefined ? [] : [inputs.target]);
  encoding.list(inputs.platforms);
  encoding.record(inputs.args);
  encoding.record(inputs.labels);
  encoding.list(inputs.secrets.toSorted());
  encoding.text(inputs.network);
  encoding.identities(inputs.references);
  return encoding.sha256();
}

/** sha256 (hex) over an image's own files: it changes when they do, and not with what the image stands on. */
export function sourceHash(dockerfile: string, contextHash: string): string {
  return hash("sha256", `${contextHash} ${dockerfile}`);
}

/** Texts with their lengths and lists with their counts in front, so that no other values give the same bytes. */
class Encoding {
  /** Joined once at the end: a fleet's plan would spend its time on collecting the strings between. */
  private readonly parts: (string | number)[] = [];

  text(text: string): void {
    this.parts.push(text.length, text);
  }

  list(texts: readonly string[]): void {
    this.parts.push(texts.length);
    for (const text of texts) this.text(text);
  }

  record(entries: Readonly<Record<string, string>>): void {
    const keys = sortedKeys(entries);
    this.parts.push(keys.length);
    for (const key of keys) {
      this.text(key);
      this.text(entries[key] ?? "");
    }
  }

  identities(identities: readonly Identity[]): void {
    this.parts.push(identities.length);
    for (const { name, identity } of identities) {
      this.text(name);
      this.text(identity);
    }
  }

  sha256(): string {
    return hash("sha256", this.parts.join(":"));
  }
}

/** Labels and arguments are mostly in order already, and to see that costs less than to sort them. */
function sortedKeys(record: Readonly<Record<string, string>>): readonly string[] {
  const keys = Object.keys(record);
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? "") < key) ? keys : keys.sort();
}
