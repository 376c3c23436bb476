import { posix } from "node:path";
import type { Inventory, Origin } from "./inventory.js";
import type { SpdxDocument, SpdxPackage, SpdxRelationship } from "./spdx.js";
import { NOASSERTION, supplierOf } from "./supplier.js";

const { dirname } = posix;

/** The image whose inventory it is. */
export interface ImageIdentity {
  /** `<registry>/<id>`, without tag or digest. */
  readonly name: string;
  /** `os/arch` or `os/arch/variant`. */
  readonly platform: string;
  /** Of the platform's manifest. */
  readonly digest: string;
  /** Who answers for the image: `owner` of image.yaml, or the organisation of the source. */
  readonly owner: string;
  /** Suppliers of packages that do not say it themselves, by the package's name. */
  readonly suppliers: Readonly<Record<string, string>>;
}

/** Where the time of an image's making is not known: what all its files have. */
const NO_TIME = "1980-01-01T00:00:00Z";

/**
 * syft's document as evidence on one platform of an image: named after its digest, suppliers completed, equal bytes for
 * an equal image. Time and namespace come from the image, where syft writes its clock and a random number.
 */
export function completeSbom(inventory: Inventory, image: ImageIdentity): SpdxDocument {
  const { origins } = inventory;
  const document = withoutVersionlessParts(inventory.document);
  const described = document.relationships.find((it) => it.relationshipType === "DESCRIBES")?.relatedSpdxElement;
  const rename = (id: string) => (id === described ? imageId(image.digest) : id);
  const packages = document.packages
    .filter(({ SPDXID }) => SPDXID !== described)
    .map((found): SpdxPackage => {
      const known = found as SpdxPackage;
      return { ...known, supplier: supplierOf(known, originOf(known, origins), image.suppliers, image.owner) };
    });
  const supplied = withEnclosingSuppliers(packages, origins);
  return {
    spdxVersion: document.spdxVersion,
    dataLicense: document.dataLicense,
    SPDXID: document.SPDXID,
    name: `${image.name}@${image.digest}`,
    documentNamespace: namespaceOf(image.name, image.digest),
    creationInfo: {
      ...(document.creationInfo.licenseListVersion === undefined
        ? {}
        : { licenseListVersion: document.creationInfo.licenseListVersion }),
      creators: creatorsOf(image.owner, document.creationInfo.creators),
      created: inventory.created ?? NO_TIME,
    },
    packages: [imagePackage(image), ...supplied.sort((a, b) => compare(a.SPDXID, b.SPDXID))],
    ...(document.hasExtractedLicensingInfos === undefined
      ? {}
      : { hasExtractedLicensingInfos: sortedBy(document.hasExtractedLicensingInfos, (it) => it.licenseId) }),
    relationships: sortedBy(
      document.relationships.map(
        (it): SpdxRelationship => ({
          ...it,
          spdxElementId: rename(it.spdxElementId),
          relatedSpdxElement: rename(it.relatedSpdxElement),
        }),
      ),
      (it) => `${it.spdxElementId} ${it.relationshipType} ${it.relatedSpdxElement}`,
    ),
  };
}

function originOf({ SPDXID }: Pick<SpdxPackage, "SPDXID">, origins: Inventory["origins"]): Origin | undefined {
  return origins[SPDXID.slice(SPDXID.lastIndexOf("-") + 1)];
}

/**
 * A package manager's package may be found a second time by what its program says of itself (Debian's `gh` is the Go module
 * `cli/cli`, built without a version). Where that is no version, the package that owns the file speaks for it.
 */
function withoutVersionlessParts(document: Inventory["document"]): Inventory["document"] {
  const owned = new Set(
    document.relationships
      .filter((it) => typeof it.comment === "string" && it.comment.startsWith("ownership-by-file-overlap"))
      .map((it) => it.relatedSpdxElement),
  );
  const left = new Set(
    document.packages
      .filter(({ SPDXID, versionInfo }) => owned.has(SPDXID) && (versionInfo ?? "UNKNOWN") === "UNKNOWN")
      .map(({ SPDXID }) => SPDXID),
  );
  if (left.size === 0) return document;
  return {
    ...document,
    packages: document.packages.filter(({ SPDXID }) => !left.has(SPDXID)),
    relationships: document.relationships.filter(
      (it) => !left.has(it.spdxElementId) && !left.has(it.relatedSpdxElement),
    ),
  };
}

/** A package.json inside the folder of another npm package (an example, a template) came with that one, and from its supplier. */
function withEnclosingSuppliers(packages: readonly SpdxPackage[], origins: Inventory["origins"]): SpdxPackage[] {
  const byFolder = new Map<string, SpdxPackage>();
  for (const found of packages) {
    const path = originOf(found, origins)?.path ?? "";
    if (path.endsWith("/package.json")) byFolder.set(dirname(path), found);
  }
  return packages.map((found) => {
    const path = originOf(found, origins)?.path ?? "";
    if (found.supplier !== NOASSERTION || !path.endsWith("/package.json")) return found;
    // Not beyond the enclosing package: what lies in its node_modules are packages of others.
    for (let folder = dirname(dirname(path)); !/^(?:|\/|\.|.*\/node_modules)$/.test(folder); folder = dirname(folder)) {
      const supplier = byFolder.get(folder)?.supplier ?? NOASSERTION;
      if (supplier !== NOASSERTION) return { ...found, supplier };
    }
    return found;
  });
}

/** A document's own address; nothing answers there. */
export function namespaceOf(name: string, digest: string): string {
  return `https://image-factory.dev/spdx/${name}/${digest.replace(":", "/")}`;
}

/** Who made a document: the image's owner with our tools. syft names its own maker, who knows nothing of the image. */
export function creatorsOf(owner: string, found: readonly string[]): readonly string[] {
  const tools = found.filter((creator) => creator.startsWith("Tool: "));
  return [`Organization: ${owner}`, "Tool: image-factory", ...tools];
}

export function imageId(digest: string): string {
  return `SPDXRef-Image-${digest.slice("sha256:".length)}`;
}

/** The package that is an image or an index itself. */
export function imagePackage({ name, digest, owner, platform }: Omit<ImageIdentity, "suppliers">): SpdxPackage {
  const [, architecture = ""] = platform.split("/");
  const last = name.slice(name.lastIndexOf("/") + 1);
  const qualifiers = [
    ...(architecture === "" ? [] : [`arch=${architecture}`]),
    `repository_url=${encodeURIComponent(name)}`,
  ];
  const purl = `pkg:oci/${last}@${encodeURIComponent(digest)}?${qualifiers.join("&")}`;
  return {
    SPDXID: imageId(digest),
    name,
    versionInfo: digest,
    supplier: `Organization: ${owner}`,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    checksums: [{ algorithm: "SHA256", checksumValue: digest.slice("sha256:".length) }],
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
    primaryPackagePurpose: "CONTAINER",
    ...(platform === "" ? {} : { summary: `The image for ${platform}.` }),
  };
}

export function sortedBy<T>(list: readonly T[], key: (item: T) => string): readonly T[] {
  return [...list].sort((a, b) => compare(key(a), key(b)));
}

/** By code units: the machine's language must not show in a document. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
