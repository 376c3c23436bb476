import type { PlatformManifest } from "../../domain/evidence/types.js";
import { completeSbom } from "../../domain/sbom/complete.js";
import { inventorySchema } from "../../domain/sbom/inventory.js";
import type { SpdxDocument } from "../../domain/sbom/spdx.js";
import { lastLine, runProgram } from "../scan/program.js";

export interface SbomRequest {
  /** Where the image lies: `<registry>/candidate/<id>`. */
  readonly repository: string;
  /** What the SBOM calls it: the repository it will be released in, `<registry>/<id>`. */
  readonly name: string;
  readonly manifest: PlatformManifest;
  /** Who answers for the image. */
  readonly owner: string;
  /** `suppliers` of its image.yaml. */
  readonly suppliers: Readonly<Record<string, string>>;
  /** True for plain HTTP. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

/**
 * The SBOM of one platform: SPDX 2.3 by syft, read from the registry with docker's credentials. Equal for equal digests.
 * Needs `factory-scan` on PATH.
 */
export async function makeSbom(request: SbomRequest): Promise<SpdxDocument> {
  const { repository, name, manifest, owner, suppliers, insecure, signal } = request;
  const { digest, platform } = manifest;
  const reference = `${repository}@${digest}`;
  const result = await runProgram("factory-scan", ["sbom", ...(insecure ? ["--insecure"] : []), reference], signal);
  if (result.code !== 0) {
    throw new Error(`no SBOM of ${reference} (${platform}) could be made: ${lastLine(result)}`);
  }
  const inventory = inventorySchema.parse(JSON.parse(result.stdout));
  return completeSbom(inventory, { name, platform, digest, owner, suppliers });
}
