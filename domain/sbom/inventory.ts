import { z } from "zod";

const spdxPackage = z.looseObject({
  SPDXID: z.string(),
  name: z.string(),
  versionInfo: z.string().optional(),
  supplier: z.string().optional(),
  downloadLocation: z.string(),
  externalRefs: z
    .array(z.object({ referenceCategory: z.string(), referenceType: z.string(), referenceLocator: z.string() }))
    .optional(),
});

const spdxDocument = z.looseObject({
  spdxVersion: z.literal("SPDX-2.3"),
  dataLicense: z.string(),
  SPDXID: z.string(),
  name: z.string(),
  documentNamespace: z.string(),
  creationInfo: z.object({
    creators: z.array(z.string()),
    created: z.string(),
    licenseListVersion: z.string().optional(),
  }),
  packages: z.array(spdxPackage),
  hasExtractedLicensingInfos: z.array(z.looseObject({ licenseId: z.string() })).optional(),
  relationships: z.array(
    z.looseObject({ spdxElementId: z.string(), relatedSpdxElement: z.string(), relationshipType: z.string() }),
  ),
});

/** What `factory-scan sbom` writes: syft's document, and what packages say of who supplies them. */
export const inventorySchema = z.object({
  document: spdxDocument,
  /** The image's label `org.opencontainers.image.created`. */
  created: z.string().optional(),
  /** By the id with which a package's SPDXID ends. */
  origins: z.record(
    z.string(),
    z.object({ author: z.string().default(""), url: z.string().default(""), path: z.string() }),
  ),
});

export type Inventory = z.output<typeof inventorySchema>;
export type Origin = Inventory["origins"][string];
