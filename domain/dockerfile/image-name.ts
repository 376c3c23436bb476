const DOMAIN_COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";

const PARTS = new RegExp(`^(${DOMAIN})/(${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const HEXADECIMAL_ID = /^[a-f0-9]{64}$/;
const HUB = "docker.io";

/** The parts of an image's name, normalised as docker does it. */
export interface ImageName {
  /** Registry host, with its port where there is one. */
  readonly domain: string;
  /** Repository below the host, e.g. `library/nginx`. */
  readonly path: string;
  readonly tag?: string;
  /** `sha256:...`. */
  readonly digest?: string;
}

/** Reads an image's name; undefined where docker would refuse it. Without tag and digest the tag is `latest`. */
export function parseImageName(written: string): ImageName | undefined {
  if (HEXADECIMAL_ID.test(written)) return undefined;
  const match = PARTS.exec(withDomain(written));
  if (match === null) return undefined;
  const [, domain = "", path = "", tag, digest] = match;
  if (digest !== undefined && !isWellFormedDigest(digest)) return undefined;
  if (`${domain}/${path}`.length > 255) return undefined;
  return {
    domain,
    path,
    ...(tag === undefined && digest !== undefined ? {} : { tag: tag ?? "latest" }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** `docker.io/library/nginx:latest`. */
export function fullName(image: ImageName): string {
  return repositoryName(image) + version(image);
}

/** Name without tag and digest, e.g. `docker.io/library/nginx`. */
export function repositoryName({ domain, path }: ImageName): string {
  return `${domain}/${path}`;
}

/**
 * The name under which BuildKit looks for a named context: without Docker Hub's prefixes, and without `:latest`.
 * `docker.io/library/nginx:latest` is `nginx`, `docker.io/grafana/grafana:11` is `grafana/grafana:11`.
 */
export function familiarName(image: ImageName): string {
  const official = /^library\/([^/]+)$/.exec(image.path)?.[1];
  const repository = image.domain === HUB ? (official ?? image.path) : repositoryName(image);
  return (repository + version(image)).replace(/:latest$/, "");
}

function version({ tag, digest }: ImageName): string {
  return `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function withDomain(written: string): string {
  const slash = written.indexOf("/");
  const first = slash < 0 ? "" : written.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first;
  const domain = isDomain ? first : HUB;
  const path = isDomain ? written.slice(slash + 1) : written;
  if (domain !== HUB && domain !== "index.docker.io") return `${domain}/${path}`;
  return `${HUB}/${path.includes("/") ? path : `library/${path}`}`;
}

function isWellFormedDigest(digest: string): boolean {
  const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
  const [algorithm = "", hex = ""] = digest.split(":");
  return hex.length === lengths[algorithm] && /^[a-f0-9]+$/.test(hex);
}
