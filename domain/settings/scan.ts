import { z } from "zod";
import { durationSchema } from "../catalogue/scalars.js";
import { failOnSchema, unfixedSchema } from "../catalogue/scan.js";

/** Scanners that read an SBOM. grype is built by us, the others are used where they are installed. */
export const scannerNames = ["grype", "trivy", "snyk", "scout"] as const;
export type ScannerName = (typeof scannerNames)[number];

const modeSchema = z
  .enum(["block", "warn", "off"])
  .meta({ description: "whether what a scanner finds fails an image, is only told, or the scanner is not run" });

const scannersSchema = z
  .strictObject({
    grype: modeSchema.default("block"),
    trivy: modeSchema.default("off"),
    snyk: modeSchema.default("off"),
    scout: modeSchema.default("off"),
  })
  .meta({ description: "a mapping of scanners to block, warn or off", examples: [{ trivy: "warn" }] });

/** The setting `factory:scan`. `Pulumi.local.yaml` explains every key. */
export const scanSettingsSchema = z
  .strictObject({
    failOn: failOnSchema.default("high"),
    unfixed: unfixedSchema.default("report"),
    scanners: scannersSchema.prefault({}),
    database: z
      .string()
      .min(1)
      .meta({
        description:
          "a database made by `factory advisories build`, relative to the project's root, or an https listing",
        examples: ["advisories/db.tar.gz", "https://advisories.example.com/grype/databases"],
      })
      .exactOptional(),
    maxAge: durationSchema.prefault("5d"),
  })
  .meta({ description: "how images are scanned for known vulnerabilities" });

/** How images are scanned. `maxAge` is in milliseconds; without `database` grype's own is used. */
export type ScanSettings = z.output<typeof scanSettingsSchema>;
