/**
 * The parts of SPDX 2.3 JSON (https://spdx.github.io/spdx-spec/v2.3/) that we read or write. Others are handed on as they
 * came.
 */
export interface SpdxDocument {
  readonly spdxVersion: string;
  readonly dataLicense: string;
  readonly SPDXID: string;
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: {
    /** `Tool: syft-1.42.3`, `Organization: ...` */
    readonly creators: readonly string[];
    /** `2026-01-31T12:00:00Z` */
    readonly created: string;
    readonly licenseListVersion?: string;
  };
  /** Ids of the packages that the document is about. */
  readonly documentDescribes?: readonly string[];
  readonly packages: readonly SpdxPackage[];
  readonly hasExtractedLicensingInfos?: readonly Readonly<Record<string, unknown>>[];
  readonly relationships: readonly SpdxRelationship[];
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  /** `Person: ...`, `Organization: ...` or `NOASSERTION`. */
  readonly supplier?: string;
  readonly originator?: string;
  readonly downloadLocation: string;
  readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[];
  readonly externalRefs?: readonly {
    readonly referenceCategory: string;
    readonly referenceType: string;
    readonly referenceLocator: string;
  }[];
  readonly [key: string]: unknown;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relatedSpdxElement: string;
  readonly relationshipType: string;
  readonly comment?: string;
}

/** The SBOM of one platform of an image. */
export interface PlatformSbom {
  /** `os/arch`. */
  readonly platform: string;
  /** Of the platform's manifest. */
  readonly digest: string;
  readonly document: SpdxDocument;
}
