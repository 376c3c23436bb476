import type { Platform } from "../catalogue/types.js";
import type { GateFailure } from "../evidence/types.js";
import type { SpdxDocument, SpdxPackage } from "./spdx.js";
import { NOASSERTION } from "./supplier.js";

/**
 * What a document lacks of the minimum elements for an SBOM (NTIA, 2021): author, timestamp, and for every component
 * supplier, name, version, a unique identifier and its relationship to the image.
 *
 * @param platform whose document it is; absent for the joined one
 */
export function checkNtia(document: SpdxDocument, platform?: Platform): readonly GateFailure[] {
  const failures: GateFailure[] = [];
  const fail = (finding: string, remedy: string) =>
    failures.push({ gate: "sbom", ...(platform === undefined ? {} : { platform }), finding, remedy });
  const { creators, created } = document.creationInfo;
  if (!creators.some((creator) => /^(Organization|Person): ./.test(creator))) {
    fail("the SBOM names no author, only tools.", "Name the image's owner in its image.yaml.");
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(created)) {
    const remedy = "Let the factory label the image: org.opencontainers.image.created is a time in UTC.";
    fail(`the SBOM's time is "${created}", which is none.`, remedy);
  }
  const related = relatedToImage(document);
  for (const found of document.packages) {
    const name = nameOf(found);
    for (const [missing, remedy] of missingElements(found)) fail(`${name} has no ${missing}.`, remedy);
    if (!related.has(found.SPDXID)) {
      const remedy = "Build the image again: syft relates every package that it finds to the image.";
      fail(`${name} has no relationship to the image.`, remedy);
    }
  }
  return failures;
}

function* missingElements(found: SpdxPackage): Generator<readonly [missing: string, remedy: string]> {
  const { name, versionInfo, supplier, externalRefs = [] } = found;
  const correct = "Correct the package's own metadata in the image, or take another version of it.";
  if (name === "") yield ["name", correct];
  if (isUnknown(versionInfo) || versionInfo === "UNKNOWN") yield ["version", correct];
  if (isUnknown(supplier)) {
    yield ["supplier", `Name it in image.yaml, e.g. suppliers: { "${name}": "Example Organisation" }`];
  }
  const identifiers = ["purl", "cpe22Type", "cpe23Type", "swid", "gitoid"];
  if (!externalRefs.some(({ referenceType }) => identifiers.includes(referenceType))) {
    yield ["unique identifier (purl or CPE)", correct];
  }
}

function nameOf({ name, versionInfo, SPDXID }: SpdxPackage): string {
  return `package ${name === "" ? SPDXID : name}${isUnknown(versionInfo) ? "" : ` ${versionInfo}`}`;
}

function isUnknown(text: string | undefined): boolean {
  return text === undefined || text === "" || text === NOASSERTION;
}

/** Ids that a chain of relationships connects with what the document describes. */
function relatedToImage({ relationships }: SpdxDocument): ReadonlySet<string> {
  const neighbours = new Map<string, string[]>();
  for (const { spdxElementId, relatedSpdxElement } of relationships) {
    neighbours.set(spdxElementId, [...(neighbours.get(spdxElementId) ?? []), relatedSpdxElement]);
    neighbours.set(relatedSpdxElement, [...(neighbours.get(relatedSpdxElement) ?? []), spdxElementId]);
  }
  const described = relationships.filter((it) => it.relationshipType === "DESCRIBES");
  const reached = new Set(described.map((it) => it.relatedSpdxElement));
  for (const id of reached) {
    for (const next of neighbours.get(id) ?? []) reached.add(next);
  }
  return reached;
}
