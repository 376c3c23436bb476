import { creatorsOf, imageId, imagePackage, namespaceOf, sortedBy } from "./complete.js";
import type { PlatformSbom, SpdxDocument, SpdxRelationship } from "./spdx.js";

/** The index that SBOMs of all its platforms are joined at. */
export interface IndexIdentity {
  /** `<registry>/<id>`, without tag or digest. */
  readonly name: string;
  /** Of the index. */
  readonly digest: string;
  readonly owner: string;
}

/**
 * One document for all platforms of an index: it describes the index and every platform's image, and holds the packages of each under
 * ids of their own. The index is a package that contains the images.
 */
export function joinSboms(index: IndexIdentity, sboms: readonly PlatformSbom[]): SpdxDocument {
  const ordered = sortedBy(sboms, ({ platform }) => platform);
  const renamed = ordered.map(renamePackages);
  const images = ordered.map(({ digest }) => imageId(digest));
  const described = [imageId(index.digest), ...images];
  const relate = (from: string, type: string, to: string): SpdxRelationship => ({
    spdxElementId: from,
    relationshipType: type,
    relatedSpdxElement: to,
  });
  const licences = new Map(
    renamed.flatMap(({ hasExtractedLicensingInfos = [] }) =>
      hasExtractedLicensingInfos.map((info) => [String(info.licenseId), info] as const),
    ),
  );
  const [first] = ordered;
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${index.name}@${index.digest}`,
    documentNamespace: namespaceOf(index.name, index.digest),
    creationInfo: {
      ...first?.document.creationInfo,
      creators: creatorsOf(
        index.owner,
        (first?.document.creationInfo.creators ?? []).filter((creator) => creator !== "Tool: image-factory"),
      ),
      created:
        ordered
          .map(({ document }) => document.creationInfo.created)
          .sort()
          .at(-1) ?? "",
    },
    documentDescribes: described,
    packages: [imagePackage({ ...index, platform: "" }), ...renamed.flatMap(({ packages }) => packages)],
    ...(licences.size === 0
      ? {}
      : { hasExtractedLicensingInfos: sortedBy([...licences.values()], (info) => String(info.licenseId)) }),
    relationships: [
      ...described.map((image) => relate("SPDXRef-DOCUMENT", "DESCRIBES", image)),
      ...images.map((image) => relate(imageId(index.digest), "CONTAINS", image)),
      ...renamed.flatMap(({ relationships }) => relationships.filter((it) => it.relationshipType !== "DESCRIBES")),
    ],
  };
}

/** The same package of two platforms is two packages: each is another file. */
function renamePackages({ platform, digest, document }: PlatformSbom): SpdxDocument {
  const prefix = `SPDXRef-${platform.replaceAll("/", "-")}-`;
  const rename = (id: string) =>
    id === imageId(digest) || id === "SPDXRef-DOCUMENT" ? id : prefix + id.replace(/^SPDXRef-/, "");
  return {
    ...document,
    packages: document.packages.map((found) => ({ ...found, SPDXID: rename(found.SPDXID) })),
    relationships: document.relationships.map((it) => ({
      ...it,
      spdxElementId: rename(it.spdxElementId),
      relatedSpdxElement: rename(it.relatedSpdxElement),
    })),
  };
}
