import type { Origin } from "./inventory.js";
import type { SpdxPackage } from "./spdx.js";

/** What SPDX says where nothing is known. */
export const NOASSERTION = "NOASSERTION";

/** Programs that syft knows by their content, for which no package manager speaks. */
const makers: Readonly<Record<string, string>> = {
  "pkg:generic/busybox": "BusyBox",
  "pkg:generic/node": "OpenJS Foundation",
  "pkg:generic/python": "Python Software Foundation",
};

/**
 * Who supplies a package, as SPDX writes it: `Person: name (address)` or `Organization: name`. In this order: what the
 * image's author declares, what syft found, what the package itself says, the owner of the repository it names. What no
 * package manager brought is the image's own.
 *
 * @param declared `suppliers` of image.yaml
 * @param owner of the image
 */
export function supplierOf(
  found: SpdxPackage,
  origin: Origin | undefined,
  declared: Readonly<Record<string, string>>,
  owner: string,
): string {
  const named = declared[found.name];
  if (named !== undefined) return `Organization: ${named}`;
  if (found.supplier !== undefined && found.supplier !== NOASSERTION) return found.supplier;
  const author = personOrOrganization(origin?.author ?? "");
  if (author !== undefined) return author;
  const account = repositoryOwner(origin?.url ?? "");
  if (account !== undefined) return `Organization: ${account}`;
  const purl = purlOf(found);
  const maker = makers[purl.split("@")[0] ?? ""] ?? goModuleOwner(purl) ?? crateRegistry(purl);
  if (maker !== undefined) return `Organization: ${maker}`;
  return isOwn(purl, origin?.path ?? "") ? `Organization: ${owner}` : NOASSERTION;
}

export function purlOf(found: SpdxPackage): string {
  return found.externalRefs?.find(({ referenceType }) => referenceType === "purl")?.referenceLocator ?? "";
}

/** Rust's programs list the crates in them by name and version alone; a `pkg:cargo` without a repository is one of crates.io. */
function crateRegistry(purl: string): string | undefined {
  return purl.startsWith("pkg:cargo/") ? "crates.io" : undefined;
}

const teams = /\b(authors|contributors|foundation|group|inc|maintainers|packagers|project|team)\b/i;

/** The first of `Name <address> (url), Name ...`. */
function personOrOrganization(author: string): string | undefined {
  const [, name = "", address = ""] = /^\s*([^<(,]*?)\s*(?:<([^>]*)>|,|\(|$)/.exec(author) ?? [];
  if (name === "" && address === "") return undefined;
  const kind = teams.test(name) ? "Organization" : "Person";
  return `${kind}: ${name === "" ? address : name}${name === "" || address === "" ? "" : ` (${address})`}`;
}

/** `nodeca` of `nodeca/js-yaml`, `git+https://github.com/nodeca/js-yaml.git`, `git@github.com:nodeca/js-yaml.git`. */
function repositoryOwner(url: string): string | undefined {
  return (
    /^([\w.-]+)\/[\w.-]+$/.exec(url)?.[1] ?? /\b(?:github|gitlab|bitbucket)\.(?:com|org)[/:]([\w.-]+)\//.exec(url)?.[1]
  );
}

function goModuleOwner(purl: string): string | undefined {
  const path = /^pkg:golang\/([^@?]+)/.exec(purl)?.[1];
  if (path === "stdlib") return "The Go Authors";
  return path?.split("/").slice(0, 2).join("/");
}

function isOwn(purl: string, path: string): boolean {
  if (purl.startsWith("pkg:npm/")) return !path.includes("/node_modules/");
  return purl.startsWith("pkg:generic/") || purl === "";
}
